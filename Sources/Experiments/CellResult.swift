import Backdrop
import Foundation
import TextureDataset
import TextureStream

/// What a cell's training came to, as `result.json` in its folder stores it.
struct CellResult: Codable, Equatable, Sendable {
  /// What the final weights reach on the test textures, by the name of the metric.
  var metrics: [String: Double]
  /// The loss on the test textures; nil where it is not defined or not finite.
  var loss: Double?
  /// The accuracy of the last epoch's batches.
  var trainAccuracy: Double?
  /// The loss of the last epoch's batches.
  var trainLoss: Double?
  /// The learning rate.
  var learningRate: Double
  /// The epochs.
  var epochs: Int
  /// The steps.
  var steps: Int
  /// The fraction of the gradient's positions that were kept, the mean over the epochs.
  var keepFraction: Double?
  /// The multiply-adds of all steps.
  var multiplyAdds: Double?
  /// The time of all steps, in seconds.
  var seconds: Double
  /// Textures a second.
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
  /// The result in a cell's folder; nil where the cell is not finished.
  ///
  /// - Throws: ``ExperimentError`` with code `.fileSystem` where the file cannot be read.
  init?(inFolder folder: String) throws(ExperimentError) {
    let path = "\(folder)/\(Self.file)"
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    do {
      self = try JSONDecoder().decode(CellResult.self, from: data)
    } catch {
      throw ExperimentError(
        .fileSystem, "\(path): is not as gpgen wrote it; remove the cell's folder, and it is trained again",
        cause: error)
    }
  }

  /// - Parameters:
  ///   - evaluation: on the test textures.
  ///   - epochs: the lines of the run's metrics, at least one.
  ///   - positives: the classes whose ROC AUC is reported; empty for none.
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
    guard let data = try? encoder.encode(self) else { preconditionFailure("what is written is finite") }
    try writeFile("\(folder)/\(Self.file)", Array(data) + [0x0A])
  }
}

/// Writes a whole file so that its name holds the old contents or the new.
func writeFile(_ path: String, _ bytes: [UInt8]) throws(ExperimentError) {
  do {
    try replaceFile(path, with: bytes)
  } catch {
    throw ExperimentError(.fileSystem, error.message, cause: error)
  }
}
