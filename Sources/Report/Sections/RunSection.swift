import Backdrop
import Foundation
import TextureDataset
import TextureStream

/// The section of a report on a training run.
struct RunSection: Sendable {
  let results: RunResults
  /// Nil if the report does not include the run's dataset, or if the run has no weights.
  let trial: RunTrial?
  /// Whether the report includes the run's dataset.
  let hasDataset: Bool

  private var record: RunRecord { results.record }
  private var training: TrainingConfiguration { results.record.training }
  private var evaluation: Evaluation? { results.evaluation ?? trial?.evaluation }
  private var ceiling: Ceiling? { evaluation?.ceiling ?? results.epochs.first?.ceiling }
  /// The part of the dataset that ``evaluation`` covers.
  private var part: String { (evaluation?.split).map { "\($0.rawValue) part" } ?? "all samples" }

  /// The section's content.
  var html: [HTML] {
    var pieces: [HTML] = [.facts(facts)]
    if results.evaluation == nil {
      pieces.append(
        .remark(
          "The training is not finished: \(results.epochs.count) of \(counted(training.epochs, "epoch"))"
            + " \(results.epochs.count == 1 ? "is" : "are") complete."))
    }
    pieces += [.element("h3", [:], "Learning curves"), curves]
    let measures = self.measures
    if !measures.isEmpty { pieces += [.element("h3", [:], "Evaluation")] + measures }
    pieces += [.element("h3", [:], "Cost"), cost]
    if trial != nil { pieces += samples }
    if trial == nil {
      pieces.append(
        .remark(
          hasDataset
            ? "The run has no weights yet, so there are no predictions to show."
            : "Add the run's dataset to the report's paths to see ROC curves, wrong predictions and a footprint."
        ))
    }
    return pieces
  }

  // MARK: What was trained

  private var facts: [(name: String, value: String)] {
    let dataset = record.dataset
    var facts = [
      ("dataset hash", dataset.hash),
      ("textures", "\(dataset.height) x \(dataset.width) pixels, \(counted(dataset.classNames.count, "class"))"),
      (
        "samples",
        "\(dataset.trainingSamples) for training, \(dataset.validationSamples) for validation"
          + " (split seed \(training.splitSeed))"
      ),
      ("network", network), ("loss", loss), ("optimizer", optimizer), ("learning rate", learningRate),
      (
        "batches", "\(counted(training.batchSize, "texture")); \(counted(training.epochs, "epoch"))"
      ), ("augmentation", augmentation), ("gradient", training.method.rawValue),
      (
        "standardization",
        "mean \(significant(Double(record.standardization.mean))), standard deviation"
          + " \(significant(Double(record.standardization.standardDeviation)))"
      ), ("activation memory", "\(training.activationMemoryMiB) MiB"),
      ("threads", "\(training.threads)"), ("seed", "\(training.seed)"),
    ]
    if training.weightDecay > 0 { facts.append(("weight decay", significant(training.weightDecay))) }
    if let clip = training.clip { facts.append(("gradient clipped to", significant(clip))) }
    if let mask = training.batchMask { facts.append(("batch mask", "probability \(significant(mask))")) }
    if let labels = training.softLabels { facts.append(("soft labels", labels.path)) }
    return facts
  }

  private var network: String {
    let layers = counted(training.network.layers.count, "layer")
    guard let layout = try? training.network.parameterLayout(of: record.size) else { return layers }
    return "\(layers), \(counted(layout.count, "parameter"))"
  }

  private var loss: String {
    let name = training.loss.name
    if training.loss.isRegression { return "\(name) of \(record.outputNames.joined(separator: ", "))" }
    return training.loss.isBinary ? "\(name), positive: \(record.outputNames.joined())" : name
  }

  private var optimizer: String {
    switch training.optimizer {
    case .sgd(let momentum, let nesterov):
      "SGD, momentum \(significant(momentum))\(nesterov ? ", Nesterov" : "")"
    case .adam(let beta1, let beta2, _): "Adam, betas \(significant(beta1)) and \(significant(beta2))"
    case .adamW(let beta1, let beta2, _): "AdamW, betas \(significant(beta1)) and \(significant(beta2))"
    }
  }

  private var learningRate: String {
    let shape =
      switch training.schedule.shape {
      case .constant: "constant"
      case .step(let every, let factor): "times \(significant(factor)) every \(counted(every, "epoch"))"
      case .cosine: "cosine"
      }
    let warmUp = training.schedule.warmUp > 0 ? ", warm-up of \(counted(training.schedule.warmUp, "step"))" : ""
    return "\(significant(training.learningRate)), \(shape)\(warmUp)"
  }

  private var augmentation: String {
    let augmentation = training.augmentation
    let changes =
      (augmentation.crop.map { ["crops of \($0) px"] } ?? []) + (augmentation.flip ? ["flips"] : [])
      + (augmentation.turn ? ["turns"] : []) + (augmentation.roll ? ["rolls"] : [])
    return changes.isEmpty ? "none" : changes.joined(separator: ", ")
  }

  // MARK: Curves

  /// The maximum number of points of a curve.
  private static let maximumPoints = 400

  private var curves: HTML {
    guard !results.epochs.isEmpty else { return .remark("No epoch is complete yet.") }
    let every = (results.epochs.count + Self.maximumPoints - 1) / Self.maximumPoints
    let last = results.epochs.count - 1
    let shown = results.epochs.enumerated().filter { $0.offset % every == 0 || $0.offset == last }.map(\.element)
    let remark = every > 1 ? "one of every \(every) epochs, and the last" : nil
    let epochs = PlotAxis(linear: shown.map { Double($0.epoch) }, withZero: false)
    // Epochs are whole numbers.
    let ticks = epochs.ticks.filter { $0.rounded() == $0 }
    let x = PlotAxis(range: epochs.range, ticks: ticks.isEmpty ? shown.map { Double($0.epoch) } : ticks)

    typealias Value = (EpochMetrics.Measures) -> Double?
    func series(_ name: String, _ index: Int, _ value: (EpochMetrics) -> Double?) -> Series {
      Series(
        name: name, drawing: .line, style: SeriesStyle(index),
        points: shown.compactMap { epoch in value(epoch).map { Series.Point(x: Double(epoch.epoch), y: $0) } })
    }
    func both(_ value: @escaping Value) -> [Series] {
      [series("training", 0) { value($0.train) }, series("validation", 1) { $0.validation.flatMap(value) }]
    }
    func reference(_ name: String, _ value: Double?, _ index: Int) -> [Series] {
      guard let value, value.isFinite else { return [] }
      let ends = [x.range.lowerBound, x.range.upperBound]
      return [
        Series(
          name: "\(name) \(significant(value))", drawing: .reference, style: SeriesStyle(index),
          points: ends.map { Series.Point(x: $0, y: value) })
      ]
    }
    func chart(_ title: String, _ label: String, _ series: [Series], fraction: Bool) -> HTML {
      let values = series.flatMap { $0.points.map(\.y) }
      return Chart(
        title, remark: remark, xLabel: "epoch", yLabel: label, x: x,
        y: fraction ? Self.fractions : PlotAxis(linear: values), series: series
      ).html
    }

    var charts = [chart("Loss", training.loss.name, both(\.loss), fraction: false)]
    if !training.loss.isRegression {
      charts.append(
        chart(
          "Accuracy", "fraction correct", both(\.accuracy) + reference("ceiling", ceiling?.expectedAccuracy, 6),
          fraction: true))
    }
    if training.loss.isBinary {
      charts.append(chart("Area under the ROC curve", "ROC AUC", both(\.rocAUC), fraction: true))
      charts.append(chart("F1", "F1", both(\.f1), fraction: true))
    }
    let scales = shown.first?.train.scaleAccuracy?.count ?? 0
    if scales > 1 {
      let lines = (0..<scales).flatMap { scale in
        [
          series("scale \(scale), validation", scale) { epoch in
            let accuracies =
              epoch.validation?.scaleAccuracy ?? (epoch.validation == nil ? epoch.train.scaleAccuracy : nil)
            return accuracies.flatMap { $0.indices.contains(scale) ? $0[scale] : nil }
          }
        ]
      }
      charts.append(chart("Accuracy of each scale's choice", "fraction correct", lines, fraction: true))
    }
    for (index, name) in (training.loss.isRegression ? record.outputNames : []).enumerated() {
      func target(_ values: [Double]?) -> Double? { values.flatMap { $0.indices.contains(index) ? $0[index] : nil } }
      charts.append(
        chart(
          "R² of \(name)", "R²", both { target($0.rSquared) } + reference("ceiling", rSquared(index), 6),
          fraction: false))
    }
    return .grid(charts)
  }

  private func rSquared(_ index: Int) -> Double? {
    guard let targets = ceiling?.targets, targets.indices.contains(index) else { return nil }
    return targets[index].rSquared
  }

  /// The axis of fractions.
  static let fractions = PlotAxis(range: 0...1.02, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1])

  // MARK: Cost

  private var cost: HTML {
    guard let last = results.epochs.last else { return .remark("No epoch is complete yet.") }
    let seconds = results.epochs.reduce(0) { $0 + $1.seconds }
    let count = Double(results.epochs.count)
    func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
    let steps = Double(max(1, last.steps))
    var facts = [
      ("steps", "\(last.steps)"), ("training time", "\(significant(seconds)) s, without validation"),
      ("time per step", "\(significant(1000 * seconds / steps)) ms"),
      (
        "throughput", mean(results.epochs.map(\.imagesPerSecond)).map { "\(significant($0)) images/s" } ?? "none"
      ),
      ("waiting for textures", percentage(results.epochs.reduce(0) { $0 + $1.dataWaitFraction } / count)),
    ]
    if let bytes = results.epochs.compactMap(\.keptBytes).max() {
      facts.append(("activations kept per step", byteText(bytes)))
    }
    if let kept = mean(results.epochs.compactMap(\.keepFraction)) {
      facts.append(("gradient kept", percentage(kept)))
    }
    let adds = results.epochs.compactMap(\.multiplyAdds)
    if adds.count == results.epochs.count {
      facts.append(("multiply-adds per step", significant(adds.reduce(0, +) / steps)))
    }
    let undefined = results.epochs.reduce(0) { $0 &+ $1.undefinedLosses }
    if undefined > 0 { facts.append(("batches without a loss", "\(undefined)")) }
    return .facts(facts)
  }

  // MARK: Evaluation

  private var measures: [HTML] {
    guard let evaluation else { return [] }
    var pieces: [HTML] = []
    if let ceiling {
      pieces.append(
        .paragraph(
          "The ceiling is the expected result on these samples of the best possible method, which knows the recipe"
            + " (computed with the method \(ceiling.method))."))
    }
    switch evaluation.report {
    case .classes(let report): pieces += classes(report, evaluation)
    case .binary(let report):
      pieces.append(.facts(binary(report, evaluation)))
      let figures = [
        HeatMap(
          title: "Confusion matrix, \(part)", names: ["rest", record.outputNames.first ?? "positive"],
          counts: report.confusion
        ).html, roc,
      ]
      pieces.append(.grid(figures))
    case .regression(let report): pieces += regression(report, evaluation)
    }
    return pieces
  }

  private func binary(_ report: BinaryReport, _ evaluation: Evaluation) -> [(name: String, value: String)] {
    [
      ("samples", "\(evaluation.samples), \(part)"), ("accuracy", significant(report.accuracy)),
      ("ceiling of the accuracy", ceiling?.expectedAccuracy.map(significant) ?? "not known"),
      ("ROC AUC", report.rocAUC.map(significant) ?? "none: all samples are of one kind"),
      ("F1", significant(report.f1)),
      ("precision", significant(report.precision)), ("recall", significant(report.recall)),
    ]
  }

  private func classes(_ report: ClassificationReport, _ evaluation: Evaluation) -> [HTML] {
    let names = report.classes.map(\.name)
    let interval = Self.wilson(report.accuracy, evaluation.samples)
    var pieces: [HTML] = [
      .facts([
        ("samples", "\(evaluation.samples), \(part)"),
        (
          "accuracy",
          "\(significant(report.accuracy)) (95% interval \(significant(interval.low)) to \(significant(interval.high)))"
        ), ("ceiling of the accuracy", ceiling?.expectedAccuracy.map(significant) ?? "not known"),
        ("macro F1", significant(report.macroF1)),
        ("macro ROC AUC", report.macroROCAUC.map(significant) ?? "none: a class has no samples"),
      ])
    ]
    var figures: [HTML] = []
    if names.count <= HeatMap.maximumClasses {
      let map = HeatMap(title: "Confusion matrix, \(part)", names: names, counts: report.confusion).html
      // Large maps need the whole width.
      if names.count <= 6 { figures.append(map) } else { pieces.append(map) }
    } else {
      pieces += confusions(names, report.confusion)
    }
    figures += [scales(report, evaluation), roc]
    pieces.append(.grid(figures))
    let listed = report.classes.prefix(64)
    pieces.append(
      .table(
        ["class", "samples", "precision", "recall", "F1", "ROC AUC"],
        listed.map { entry in
          [
            entry.name, "\(entry.samples)", significant(entry.precision), significant(entry.recall),
            significant(entry.f1), entry.rocAUC.map(significant) ?? "",
          ]
        }))
    if names.count > listed.count {
      pieces.append(.remark("The first \(listed.count) of \(counted(names.count, "class"))."))
    }
    return pieces
  }

  /// The most frequently confused pairs, if there are too many classes for a map.
  private func confusions(_ names: [String], _ counts: [[Int]]) -> [HTML] {
    let pairs = counts.indices.flatMap { truth in
      counts[truth].indices.filter { $0 != truth && counts[truth][$0] > 0 }.map { (truth, $0, counts[truth][$0]) }
    }.sorted { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) }
    let shown = pairs.prefix(20)
    return [
      .remark(
        "\(counted(names.count, "class")) are too many for a confusion matrix. The table lists \(shown.count) of"
          + " \(counted(pairs.count, "confused pair")), most frequent first, \(part)."),
      .table(["true class", "predicted class", "samples"], shown.map { [names[$0], names[$1], "\($2)"] }, names: 2),
    ]
  }

  private func scales(_ report: ClassificationReport, _ evaluation: Evaluation) -> HTML {
    guard let accuracies = report.scaleAccuracy, accuracies.count <= 8 else { return .empty }
    var rows: [DotPlot.Row] = []
    for (scale, accuracy) in accuracies.enumerated() {
      let interval = Self.wilson(accuracy, evaluation.samples)
      rows.append(
        DotPlot.Row(
          name: "scale \(scale)", value: accuracy, low: interval.low, high: interval.high, style: SeriesStyle(0)))
      if let best = ceiling?.scaleAccuracy, best.indices.contains(scale) {
        rows.append(
          DotPlot.Row(name: "scale \(scale), ceiling", value: best[scale], low: nil, high: nil, style: SeriesStyle(3)))
      }
    }
    return DotPlot(
      title: "Accuracy of each scale's choice, with 95% intervals", label: "fraction correct", axis: Self.fractions,
      rows: rows
    ).html
  }

  private func regression(_ report: RegressionReport, _ evaluation: Evaluation) -> [HTML] {
    let rows = report.targets.enumerated().map { index, target in
      let best = (ceiling?.targets).flatMap { $0.indices.contains(index) ? $0[index] : nil }
      return [
        target.name, significant(target.rootMeanSquaredError), best.map { significant($0.rootMeanSquaredError) } ?? "",
        target.rSquared.map(significant) ?? "", best.flatMap(\.rSquared).map(significant) ?? "",
      ]
    }
    return [
      .paragraph("\(counted(evaluation.samples, "sample")), \(part)."),
      .table(["label", "root mean squared error", "ceiling", "R²", "ceiling"], rows),
      .grid(predictions),
    ]
  }

  /// Wilson's 95% interval for a fraction.
  ///
  /// - Source: Wilson, Journal of the American Statistical Association 22 (1927).
  static func wilson(_ fraction: Double, _ samples: Int) -> (low: Double, high: Double) {
    guard samples > 0 else { return (0, 1) }
    let (n, z) = (Double(samples), 1.959964)
    let middle = (fraction + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (max(0, fraction * (1 - fraction)) / n + z * z / (4 * n * n)).squareRoot()
    return (max(0, middle - half), min(1, middle + half))
  }
}
