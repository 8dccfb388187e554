/// One line of metrics.jsonl: the results of an epoch. `schemas/metrics.schema.json` describes it.
public struct EpochMetrics: Codable, Equatable, Sendable {
  /// The epoch, from 1.
  public let epoch: Int
  /// The number of batches so far, in all epochs.
  public let steps: Int
  /// The learning rate of the epoch's last step.
  public let learningRate: Double
  /// Which parts of the gradient were computed.
  public let method: GradientMethod
  /// The fraction of the gradient's positions that the masks kept, averaged over the epoch's steps. This property and the
  /// two below are nil if an earlier version of gpgen made some of the steps.
  public let keepFraction: Double?
  /// Multiply-adds of all forward and backward passes of the epoch's steps.
  public let multiplyAdds: Double?
  /// The maximum, over the epoch's steps, of the bytes of activations kept for the backward pass.
  public let keptBytes: Int?
  /// Metrics of the epoch's batches, each computed before its step, with dropout.
  public let train: Measures
  /// Metrics of the validation part after the epoch; nil without a validation part.
  public let validation: Measures?
  /// The number of batches that did not update the weights because their loss was undefined: with AUC, those of one class.
  public let undefinedLosses: Int
  /// Training time in seconds, without the validation.
  public let seconds: Double
  /// Training throughput, in textures per second.
  public let imagesPerSecond: Double
  /// The fraction of the training time spent waiting for textures.
  public let dataWaitFraction: Double

  private enum CodingKeys: String, CodingKey {
    case epoch, steps, train, validation, seconds, method
    case learningRate = "learning_rate"
    case keepFraction = "keep_fraction"
    case multiplyAdds = "multiply_adds"
    case keptBytes = "kept_bytes"
    case undefinedLosses = "undefined_losses"
    case imagesPerSecond = "images_per_second"
    case dataWaitFraction = "data_wait_fraction"
  }

  /// Metrics of a network's predictions.
  public struct Measures: Codable, Equatable, Sendable {
    /// The mean loss over samples; for the validation part, a loss over pairs is the mean over all pairs of the part. Nil if
    /// undefined or not computed.
    public let loss: Double?
    /// The fraction of correct predictions.
    public let accuracy: Double
    /// The area under the ROC curve: that of the logit, or the mean over the classes. Nil if undefined or not computed.
    public let rocAUC: Double?
    /// F1: that of the positive classes, or the mean over the classes. Nil if not computed.
    public let f1: Double?

    private enum CodingKeys: String, CodingKey {
      case loss, accuracy, f1
      case rocAUC = "roc_auc"
    }
  }

  init(epoch: Int, steps: Int, _ sums: EpochSums, method: GradientMethod, validation: Measures?) {
    self.epoch = epoch
    self.steps = steps
    learningRate = sums.learningRate
    self.method = method
    let cost = sums.cost
    (keepFraction, multiplyAdds, keptBytes) = (cost?.keepFraction, cost?.multiplyAdds, cost?.keptBytes)
    let report = sums.logits.isEmpty ? nil : BinaryReport(logits: sums.logits, targets: sums.targets)
    train = Measures(loss: sums.meanLoss, accuracy: sums.accuracy, rocAUC: report?.rocAUC, f1: report?.f1)
    self.validation = validation
    undefinedLosses = sums.undefinedLosses
    seconds = sums.seconds
    imagesPerSecond = sums.samplesPerSecond
    dataWaitFraction = sums.seconds > 0 ? sums.waitSeconds / sums.seconds : 0
  }
}

extension EpochMetrics.Measures {
  /// The metrics of an evaluation that go into a line of metrics.jsonl.
  init(_ evaluation: Evaluation) {
    loss = evaluation.loss
    switch evaluation.report {
    case .classes(let report):
      (accuracy, rocAUC, f1) = (report.accuracy, report.macroROCAUC, report.macroF1)
    case .binary(let report):
      (accuracy, rocAUC, f1) = (report.accuracy, report.rocAUC, report.f1)
    }
  }

  /// The metric by which the best weights are selected, which depends on the loss.
  func score(of loss: Loss) -> Double {
    switch loss {
    case .crossEntropy: accuracy
    case .auc: rocAUC ?? 0
    case .softF1: f1 ?? 0
    }
  }
}
