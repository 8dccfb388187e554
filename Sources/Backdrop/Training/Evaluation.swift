import TextureStream

/// How well a network does on a part of a dataset. `schemas/evaluation.schema.json` describes its JSON.
public struct Evaluation: Encodable, Sendable {
  /// SHA-256 of the recipe of the dataset that was evaluated.
  public let datasetHash: String
  /// The part; none for all samples.
  public let split: Split?
  /// The part's samples.
  public let samples: Int
  /// What the network was trained to make small.
  public let lossName: String
  /// Its value over all samples together; none where it is not defined, as AUC is not for one class, or
  /// has, for the loss auc, more than 2^24 pairs.
  public let loss: Double?
  /// What it tells apart.
  public let report: Report

  /// What a network tells apart.
  public enum Report: Sendable {
    /// Classes.
    case classes(ClassificationReport)
    /// The positive classes from the rest.
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

  /// An object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(datasetHash, forKey: .datasetHash)
    try container.encode(split?.rawValue ?? "all", forKey: .split)
    try container.encode(samples, forKey: .samples)
    try container.encode(lossName, forKey: .lossName)
    // JSON has no other numbers; weights from elsewhere may be any.
    if let loss, loss.isFinite { try container.encode(loss, forKey: .loss) }
    switch report {
    case .classes(let report): try container.encode(report, forKey: .classes)
    case .binary(let report): try container.encode(report, forKey: .binary)
    }
  }

  /// As `schemas/evaluation.schema.json` describes it.
  public var json: String { String(RunJSON.pretty(self).dropLast()) }

  /// Numbers of samples by truth, then by prediction.
  public var confusion: [[Int]] {
    switch report {
    case .classes(let report): report.confusion
    case .binary(let report): report.confusion
    }
  }

  /// The fraction of right predictions.
  public var accuracy: Double {
    switch report {
    case .classes(let report): report.accuracy
    case .binary(let report): report.accuracy
    }
  }
}
