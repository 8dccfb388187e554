import Backdrop
import Foundation
import TextureDataset
import TextureStream

/// The result of a cell, as stored in `result.json` in its folder.
struct CellResult: Codable, Equatable, Sendable {
  /// The values that the final weights reach on the test textures, by metric name.
  var metrics: [String: Double]
  /// The loss on the test textures; nil if it is undefined or not finite.
  var loss: Double?
  /// The training accuracy of the last epoch.
  var trainAccuracy: Double?
  /// The training loss of the last epoch.
  var trainLoss: Double?
  var learningRate: Double
  /// The number of epochs.
  var epochs: Int
  /// The number of steps.
  var steps: Int
  /// The fraction of the gradient's positions that were kept, averaged over the epochs.
  var keepFraction: Double?
  /// Multiply-adds of all steps.
  var multiplyAdds: Double?
  /// Time of all steps, in seconds.
  var seconds: Double
  /// Textures per second.
  var imagesPerSecond: Double

  private enum CodingKeys: String, CodingKey {
    case metrics, loss, epochs, steps, seconds
    case trainAccuracy = "train_accuracy"
    case trainLoss = "train_loss"
    case learningRate = "learning_rate"
    case keepFraction = "keep_fraction"
    case multiplyAdds = "multiply_adds"
    case imagesPerSecond = "images_per_second"
  }

  static let file = "result.json"
}

extension CellResult {
  /// Reads the result from a cell's folder; nil if the cell is not finished.
  ///
  /// - Throws: ``ExperimentError`` with code `.fileSystem` if the file cannot be decoded.
  init?(inFolder folder: String) throws(ExperimentError) {
    let path = "\(folder)/\(Self.file)"
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    do {
      self = try JSONDecoder().decode(CellResult.self, from: data)
    } catch {
      throw ExperimentError(
        .fileSystem, "\(path): is not as gpgen wrote it; remove the cell's folder to train the cell again",
        cause: error)
    }
  }

  /// - Parameters:
  ///   - evaluation: the evaluation on the test textures.
  ///   - epochs: the metrics of the run's epochs; at least one.
  ///   - positives: the positive classes, for the ROC AUC; may be empty.
  init(_ evaluation: Evaluation, _ epochs: [EpochMetrics], positives: [Int]) {
    metrics = Self.metrics(evaluation, positives: positives)
    loss = evaluation.loss.flatMap { $0.isFinite ? $0 : nil }
    let last = epochs.last
    (trainAccuracy, trainLoss) = (last?.train.accuracy, last?.train.loss)
    (learningRate, steps) = (epochs.first?.learningRate ?? 0, last?.steps ?? 0)
    self.epochs = epochs.count
    let kept = epochs.compactMap(\.keepFraction)
    keepFraction = kept.isEmpty ? nil : kept.reduce(0, +) / Double(kept.count)
    let operations = epochs.compactMap(\.multiplyAdds)
    multiplyAdds = operations.isEmpty ? nil : operations.reduce(0, +)
    seconds = epochs.map(\.seconds).reduce(0, +)
    let images = epochs.map { $0.seconds * $0.imagesPerSecond }.reduce(0, +)
    imagesPerSecond = seconds > 0 ? images / seconds : 0
  }

  private static func metrics(_ evaluation: Evaluation, positives: [Int]) -> [String: Double] {
    var metrics: [String: Double] = [:]
    metrics[Metric.accuracy] = evaluation.accuracy
    switch evaluation.report {
    case .classes(let report):
      for (scale, value) in (report.scaleAccuracy ?? []).enumerated() { metrics[Metric.scaleAccuracy(scale)] = value }
      if positives.count == 1 {
        metrics[Metric.rocAUC] = report.classes[positives[0]].rocAUC
      } else if positives.isEmpty, report.classes.count == 2 {
        metrics[Metric.rocAUC] = report.macroROCAUC
      }
    case .binary(let report): metrics[Metric.rocAUC] = report.rocAUC
    case .regression(let report):
      for (index, target) in report.targets.enumerated() { metrics[Metric.rSquared(index)] = target.rSquared }
    }
    return metrics
  }

  /// Writes the result into a cell's folder.
  func write(to folder: String) throws(ExperimentError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    guard let data = try? encoder.encode(self) else { preconditionFailure("all values are finite") }
    try writeFile("\(folder)/\(Self.file)", Array(data) + [0x0A])
  }
}

/// Replaces a file atomically.
func writeFile(_ path: String, _ bytes: [UInt8]) throws(ExperimentError) {
  do {
    try replaceFile(path, with: bytes)
  } catch {
    throw ExperimentError(.fileSystem, error.message, cause: error)
  }
}
