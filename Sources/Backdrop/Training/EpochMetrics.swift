/// One line of metrics.jsonl: the results of an epoch. `schemas/metrics.schema.json` describes it.
public struct EpochMetrics: Codable, Equatable, Sendable {
  /// The epoch, from 1.
  public let epoch: Int
  /// Batches so far, in all epochs.
  public let steps: Int
  /// The learning rate of the epoch's last step.
  public let learningRate: Double
  /// Which parts of the gradient were computed.
  public let method: GradientMethod
  /// The mean, over the epoch's steps, of the fraction of the gradient's positions that the masks kept. This and the two
  /// below are none where an earlier version of gpgen made some of the steps.
  public let keepFraction: Double?
  /// Multiply-adds of all forward and backward passes of the epoch's steps.
  public let multiplyAdds: Double?
  /// The maximum, over the epoch's steps, of the bytes of activations kept for the backward pass.
  public let keptBytes: Int?
  /// Of the epoch's batches, each as it was before its step, masks and dropout at work.
  public let train: Measures
  /// Of the validation part after the epoch; none where there is none.
  public let validation: Measures?
  /// Batches without an update of the weights, because the loss was not defined: with AUC, those of one class.
  public let undefinedLosses: Int
  /// Seconds of training, without the validation.
  public let seconds: Double
  /// Textures trained on in a second.
  public let imagesPerSecond: Double
  /// The fraction of the time that was spent waiting for textures.
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

  /// Measures of a network's predictions.
  public struct Measures: Codable, Equatable, Sendable {
    /// The mean over samples, for a part as a whole over all pairs where the loss is one of pairs; none where it is not
    /// defined, or not taken.
    public let loss: Double?
    /// The fraction of right predictions.
    public let accuracy: Double
    /// The area under the ROC curve: of the logit, or the mean of the classes'. None where it is not defined, or not
    /// taken.
    public let rocAUC: Double?
    /// F1: of the positive classes, or the mean of the classes'. None where it is not taken.
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
  /// The measures of an evaluation that a line of metrics has.
  init(_ evaluation: Evaluation) {
    loss = evaluation.loss
    switch evaluation.report {
    case .classes(let report):
      (accuracy, rocAUC, f1) = (report.accuracy, report.macroROCAUC, report.macroF1)
    case .binary(let report):
      (accuracy, rocAUC, f1) = (report.accuracy, report.rocAUC, report.f1)
    }
  }

  /// The measure that the best weights are chosen by: that of the loss.
  func score(of loss: Loss) -> Double {
    switch loss {
    case .crossEntropy: accuracy
    case .auc: rocAUC ?? 0
    case .softF1: f1 ?? 0
    }
  }
}
