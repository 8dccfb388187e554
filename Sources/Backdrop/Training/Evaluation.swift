import TextureStream

/// Metrics of a network on a part of a dataset. `schemas/evaluation.schema.json` describes its JSON.
public struct Evaluation: Encodable, Sendable {
  /// SHA-256 of the recipe of the dataset that was evaluated.
  public let datasetHash: String
  /// The part; nil for all samples.
  public let split: Split?
  /// The number of samples in the part.
  public let samples: Int
  /// The name of the loss that the network was trained with.
  public let lossName: String
  /// The loss over all samples together; nil if it is undefined, as AUC is for samples of one class, and with the loss auc
  /// if there are more than 2^24 pairs.
  public let loss: Double?
  /// The classification metrics.
  public let report: Report

  /// Classification metrics, by the kind of loss.
  public enum Report: Sendable {
    /// All classes, with cross-entropy.
    case classes(ClassificationReport)
    /// The positive classes against all others, with a binary loss.
    case binary(BinaryReport)
  }

  private enum CodingKeys: String, CodingKey {
    case split, samples, loss, classes, binary
    case datasetHash = "dataset_hash"
    case lossName = "loss_name"
  }

  init(_ scores: Scores, of record: RunRecord, on source: SampleSource, split: Split?) {
    let loss = record.training.loss
    datasetHash = source.recipe.datasetHash
    self.split = split
    samples = scores.count
    lossName = loss.name
    self.loss =
      loss.value(outputs: scores.outputs, outputCount: record.outputNames.count, targets: scores.targets)
    report =
      loss.isBinary
      ? .binary(BinaryReport(logits: scores.outputs, targets: scores.targets))
      : .classes(
        ClassificationReport(
          scores: scores.outputs, targets: scores.targets, classNames: record.dataset.classNames))
  }

  /// Encodes an object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(datasetHash, forKey: .datasetHash)
    try container.encode(split?.rawValue ?? "all", forKey: .split)
    try container.encode(samples, forKey: .samples)
    try container.encode(lossName, forKey: .lossName)
    // JSON cannot represent other numbers; the weights may come from any file.
    if let loss, loss.isFinite { try container.encode(loss, forKey: .loss) }
    switch report {
    case .classes(let report): try container.encode(report, forKey: .classes)
    case .binary(let report): try container.encode(report, forKey: .binary)
    }
  }

  /// The evaluation as JSON, as `schemas/evaluation.schema.json` describes it.
  public var json: String { String(RunJSON.pretty(self).dropLast()) }

  /// The confusion matrix: rows are true classes, columns predicted ones.
  public var confusion: [[Int]] {
    switch report {
    case .classes(let report): report.confusion
    case .binary(let report): report.confusion
    }
  }

  /// The fraction of correct predictions.
  public var accuracy: Double {
    switch report {
    case .classes(let report): report.accuracy
    case .binary(let report): report.accuracy
    }
  }
}
