import Foundation
import TextureDataset
import TextureStream

/// The best possible values of metrics on the test textures of each dataset, as `ceilings.json` stores them.
struct Ceilings: Codable {
  private var datasets: [String: Dataset] = [:]

  private struct Dataset: Codable, Equatable {
    /// The hash of the test textures' recipe.
    let hash: String
    /// Values by metric name; empty if the likelihood of the textures cannot be computed.
    let metrics: [String: Double]
  }

  static let file = "ceilings.json"

  /// The values by dataset and metric.
  var values: [String: [String: Double]] { datasets.mapValues(\.metrics) }

  /// Reads the file; the result is empty if it cannot be read.
  init(inFolder folder: String) {
    let data = FileManager.default.contents(atPath: "\(folder)/\(Self.file)")
    self = data.flatMap { try? JSONDecoder().decode(Ceilings.self, from: $0) } ?? Ceilings()
  }

  private init() {}

  /// Computes the missing values and writes the file.
  ///
  /// - Throws: ``ExperimentError``, with code `.interrupted` if it was stopped.
  mutating func complete(
    _ experiment: Experiment, inFolder folder: String, threads: Int, shouldStop: @escaping @Sendable () -> Bool
  ) throws(ExperimentError) {
    for dataset in experiment.datasets {
      let recipe = try experiment.testRecipe(dataset)
      guard datasets[dataset.name]?.hash != recipe.datasetHash else { continue }
      let metrics = try Self.metrics(recipe, threads: threads, shouldStop: shouldStop)
      datasets[dataset.name] = Dataset(hash: recipe.datasetHash, metrics: metrics)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      guard let data = try? encoder.encode(self) else { preconditionFailure("posteriors are finite") }
      try writeFile("\(folder)/\(Self.file)", Array(data) + [0x0A])
    }
  }

  private static func metrics(
    _ recipe: Recipe, threads: Int, shouldStop: @escaping @Sendable () -> Bool
  ) throws(ExperimentError) -> [String: Double] {
    let report: OracleReport?
    do {
      report = try Oracle(try SampleSource(recipe), options: Oracle.Options(threads: threads)).run(
        shouldContinue: { !shouldStop() })
    } catch {
      guard error.code == .noLikelihood || error.code == .memory else {
        throw ExperimentError(
          .failedCell, "the best possible accuracy cannot be computed: \(error.message)", cause: error)
      }
      return [:]
    }
    guard let report else { throw ExperimentError(.interrupted, "stopped") }
    guard recipe.classCount > 1 else { return [:] }
    var metrics = [Metric.accuracy: report.expectedAccuracy]
    for (scale, value) in report.expectedScaleAccuracy.enumerated() { metrics[Metric.scaleAccuracy(scale)] = value }
    return metrics
  }
}
