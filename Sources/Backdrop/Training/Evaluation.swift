import TextureStream

/// Metrics of a network on a part of a dataset. `schemas/evaluation.schema.json` describes its JSON.
public struct Evaluation: Encodable, Sendable {
  /// The SHA-256 hash of the recipe of the evaluated dataset.
  public let datasetHash: String
  /// The part; nil for all samples.
  public let split: Split?
  /// The number of samples in the part.
  public let samples: Int
  /// The name of the loss that the network was trained with.
  public let lossName: String
  /// The loss of all samples together; nil if it is undefined, like AUC for samples of one class, or if the loss is auc
  /// and there are more than 2^24 pairs.
  public let loss: Double?
  /// The metrics of the predictions.
  public let report: Report
  /// The results of the best possible method on these samples; nil if unknown.
  public let ceiling: Ceiling?

  /// Metrics, by the kind of loss.
  public enum Report: Sendable {
    /// All classes, with cross-entropy.
    case classes(ClassificationReport)
    /// The positive classes against all others, with a binary loss.
    case binary(BinaryReport)
    /// Continuous labels, with the mean squared error.
    case regression(RegressionReport)
  }

  enum CodingKeys: String, CodingKey {
    case split, samples, loss, classes, binary, regression, ceiling
    case datasetHash = "dataset_hash"
    case lossName = "loss_name"
  }

  /// - Parameters:
  ///   - scores: the scores of all samples of the part.
  ///   - record: the record of the run whose network computed the scores.
  ///   - source: the dataset.
  ///   - split: the part; nil for all samples.
  ///   - ceiling: the results of the best possible method on the samples.
  package init(
    _ scores: Scores, of record: RunRecord, on source: SampleSource, split: Split?, ceiling: Ceiling? = nil
  ) {
    let loss = record.training.loss
    datasetHash = source.recipe.datasetHash
    self.split = split
    samples = scores.count
    lossName = loss.name
    self.ceiling = ceiling
    if loss.isRegression {
      let standardization = record.targetStandardization ?? []
      self.loss =
        loss.evaluate(
          outputs: scores.outputs, outputCount: record.outputNames.count,
          targets: .numbers(standardization.standardized(scores.labels))
        ).loss
      report = .regression(
        RegressionReport(
          predictions: standardization.labels(scores.outputs), labels: scores.labels, names: record.outputNames))
      return
    }
    self.loss =
      loss.value(outputs: scores.outputs, outputCount: record.outputNames.count, targets: scores.targets)
    // Classes with the same names may have other choices, if the scales are divided differently.
    let choices = record.choices
    report =
      loss.isBinary
      ? .binary(BinaryReport(logits: scores.outputs, targets: scores.targets))
      : .classes(
        ClassificationReport(
          scores: scores.outputs, targets: scores.targets, classNames: record.dataset.classNames,
          choices: choices == source.recipe.choicesOfClasses ? choices : []))
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
    case .regression(let report): try container.encode(report, forKey: .regression)
    }
    try container.encodeIfPresent(ceiling, forKey: .ceiling)
  }

  /// The evaluation as JSON; `schemas/evaluation.schema.json` describes it.
  public var json: String { String(RunJSON.pretty(self).dropLast()) }

  /// The confusion matrix: rows are true classes, columns predicted ones; nil for a regression.
  public var confusion: [[Int]]? {
    switch report {
    case .classes(let report): report.confusion
    case .binary(let report): report.confusion
    case .regression: nil
    }
  }

  /// The fraction of correct predictions; nil for a regression.
  public var accuracy: Double? {
    switch report {
    case .classes(let report): report.accuracy
    case .binary(let report): report.accuracy
    case .regression: nil
    }
  }
}
