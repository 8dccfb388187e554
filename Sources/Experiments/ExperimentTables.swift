import Backdrop
import Foundation
import GaussianField

/// The results of all finished cells as tables. Equal results give equal bytes, except for times in `results.csv`.
struct ExperimentTables {
  private let experiment: Experiment
  private let results: [(cell: Cell, result: CellResult)]
  private let ceilings: [String: [String: Double]]

  /// - Parameters:
  ///   - results: the results of the finished runs.
  ///   - ceilings: the best possible values, by dataset and metric.
  init(_ experiment: Experiment, _ results: [Cell: CellResult], ceilings: [String: [String: Double]]) {
    self.experiment = experiment
    self.results = experiment.cells.compactMap { cell in results[experiment.training(of: cell)].map { (cell, $0) } }
    self.ceilings = ceilings
  }

  /// The best possible value of a metric; nil if unknown. It is for telling all classes apart, which is not the task of
  /// a binary loss.
  private func ceiling(_ dataset: String, _ metric: String) -> Double? {
    experiment.metricName == Metric.rocAUC ? nil : ceilings[dataset]?[metric]
  }

  /// All metrics in the results; the experiment's own comes first.
  private var metrics: [String] {
    let names = Set(results.flatMap { $0.result.metrics.keys })
    return ([experiment.metricName].filter(names.contains)) + names.subtracting([experiment.metricName]).sorted()
  }

  /// A row for each cell.
  var runs: String {
    let metrics = metrics
    var lines = [
      ([
        "dataset", "samples", "network", "method", "budget", "nominal_steps", "seed", "learning_rate", "epochs",
        "steps",
      ]
        + metrics
        + ["loss", "train_accuracy", "train_loss", "keep_fraction", "multiply_adds", "seconds", "images_per_second"])
        .joined(separator: ",")
    ]
    for (cell, result) in results {
      let names = [
        experiment.datasets[cell.dataset].name, "\(cell.samples)", experiment.networks[cell.network],
        experiment.methods[cell.method], cell.budget.rawValue, "\(cell.nominalSteps)", "\(cell.seed)",
        result.learningRate.shortest, "\(result.epochs)", "\(result.steps)",
      ]
      let values = metrics.map { Self.number(result.metrics[$0]) }
      let rest = [
        Self.number(result.loss), Self.number(result.trainAccuracy), Self.number(result.trainLoss),
        Self.number(result.keepFraction), result.multiplyAdds.map { String(format: "%.4g", $0) } ?? "",
        String(format: "%.2f", result.seconds), String(format: "%.1f", result.imagesPerSecond),
      ]
      lines.append((names + values + rest).joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Cells that differ only in seed and method.
  private struct Block: Hashable {
    let dataset: Int
    let network: Int
    let samples: Int
    let budget: Experiment.Budget
    let steps: Int

    init(_ cell: Cell) {
      (dataset, network, samples) = (cell.dataset, cell.network, cell.samples)
      (budget, steps) = (cell.budget, cell.nominalSteps)
    }
  }

  /// The summary of one method in a block.
  private struct Summary {
    let mean: SeedMean
    /// The difference from the baseline over common seeds; nil for the baseline itself.
    let difference: SeedMean?
  }

  /// The values of a metric by method and seed, for each block in order.
  private func values(of metric: String) -> [(block: Block, values: [Int: [UInt64: Double]])] {
    var blocks: [Block] = []
    var values: [Block: [Int: [UInt64: Double]]] = [:]
    for (cell, result) in results {
      guard let value = result.metrics[metric] else { continue }
      let block = Block(cell)
      if values[block] == nil { blocks.append(block) }
      values[block, default: [:]][cell.method, default: [:]][cell.seed] = value
    }
    return blocks.map { ($0, values[$0] ?? [:]) }
  }

  private func summary(_ method: Int, _ values: [Int: [UInt64: Double]]) -> Summary? {
    guard let own = values[method], !own.isEmpty else { return nil }
    let baseline = experiment.methods.firstIndex(of: experiment.baseline)
    let others = baseline.flatMap { $0 == method ? nil : values[$0] } ?? [:]
    let differences = own.sorted { $0.key < $1.key }.compactMap { seed, value in others[seed].map { value - $0 } }
    return Summary(
      mean: SeedMean(own.sorted { $0.key < $1.key }.map(\.value)),
      difference: differences.isEmpty ? nil : SeedMean(differences))
  }

  /// A row for each dataset, network, number of samples, budget, method and metric.
  var summary: String {
    var lines = [
      "dataset,samples,network,method,budget,steps,metric,seeds,mean,low,high,baseline,difference,difference_low,"
        + "difference_high,ceiling"
    ]
    for metric in metrics {
      for (block, values) in values(of: metric) {
        for method in experiment.methods.indices {
          guard let summary = summary(method, values) else { continue }
          let dataset = experiment.datasets[block.dataset].name
          lines.append(
            [
              dataset, "\(block.samples)", experiment.networks[block.network], experiment.methods[method],
              block.budget.rawValue, "\(block.steps)", metric, "\(summary.mean.count)", Self.number(summary.mean.mean),
              Self.number(summary.mean.low), Self.number(summary.mean.high),
              summary.difference == nil ? "" : experiment.baseline, Self.number(summary.difference?.mean),
              Self.number(summary.difference?.low), Self.number(summary.difference?.high),
              Self.number(ceiling(dataset, metric)),
            ].joined(separator: ","))
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The summary in Markdown: a table for each metric and dataset, with a row for each method.
  var markdown: String {
    var parts = ["# \(experiment.title)"]
    if !experiment.description.isEmpty { parts.append(experiment.description) }
    parts.append(
      "Means over seeds with 95% confidence intervals (Student's t), in percent. In parentheses: the mean difference"
        + " from `\(experiment.baseline)` over the same seeds, with its interval.")
    for metric in metrics {
      let values = values(of: metric)
      let tables = Dictionary(grouping: values.indices) { Table(values[$0].block) }
      for table in tables.keys.sorted(by: { (tables[$0]?.first ?? 0) < (tables[$1]?.first ?? 0) }) {
        parts.append(markdown(metric, table, (tables[table] ?? []).map { values[$0] }))
      }
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// The key of a table: blocks that differ only in the numbers of samples and steps share one.
  private struct Table: Hashable {
    let dataset: Int
    let network: Int
    let budget: Experiment.Budget

    init(_ block: Block) { (dataset, network, budget) = (block.dataset, block.network, block.budget) }
  }

  private func markdown(
    _ metric: String, _ table: Table, _ columns: [(block: Block, values: [Int: [UInt64: Double]])]
  ) -> String {
    let dataset = experiment.datasets[table.dataset].name
    var title = "## \(metric): \(dataset)"
    if experiment.networks.count > 1 { title += ", \(experiment.networks[table.network])" }
    if experiment.budgets.count > 1 { title += table.budget == .cost ? ", at equal cost" : ", at equal steps" }
    let several = experiment.steps.count > 1
    let heads = columns.map { "\($0.block.samples) samples" + (several ? ", \($0.block.steps) steps" : "") }
    var lines = [
      title, "", "| method | \(heads.joined(separator: " | ")) |", "|---|" + heads.map { _ in "---|" }.joined(),
    ]
    for method in experiment.methods.indices {
      let cells = columns.map { column in summary(method, column.values).map(Self.text) ?? "" }
      guard cells.contains(where: { !$0.isEmpty }) else { continue }
      lines.append("| \(experiment.methods[method]) | \(cells.joined(separator: " | ")) |")
    }
    if let ceiling = ceiling(dataset, metric) {
      lines.append("| best possible | " + columns.map { _ in Self.percent(ceiling) }.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n")
  }

  private static func text(_ summary: Summary) -> String {
    var text = percent(summary.mean.mean) + (summary.mean.halfWidth.map { " ± \(percent($0))" } ?? "")
    if let difference = summary.difference {
      text += " (\(difference.mean < 0 ? "" : "+")\(percent(difference.mean))"
      text += (difference.halfWidth.map { " ± \(percent($0))" } ?? "") + ")"
    }
    return text
  }

  private static func percent(_ value: Double) -> String { String(format: "%.1f", 100 * value) }

  private static func number(_ value: Double?) -> String { value.map { String(format: "%.6f", $0) } ?? "" }
}
