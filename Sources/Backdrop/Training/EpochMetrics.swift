/// One line of metrics.jsonl: what an epoch brought. `schemas/metrics.schema.json` describes it.
public struct EpochMetrics: Codable, Equatable, Sendable {
  /// The epoch, from 1.
  public let epoch: Int
  /// Batches so far, in all epochs.
  public let steps: Int
  /// The learning rate of the epoch's last step.
  public let rate: Double
  /// Of the epoch's batches, each as it was before its step, masks and dropout at work.
  public let train: Measures
  /// Of the validation part after the epoch; none where there is none.
  public let validation: Measures?
  /// Batches that taught nothing, since the loss was not defined: for AUC, those of one class.
  public let undefinedLosses: Int
  /// Seconds of training, without the validation.
  public let seconds: Double
  /// Textures trained on in a second.
  public let imagesPerSecond: Double
  /// The part of the seconds that was spent waiting for textures.
  public let dataWaitFraction: Double

  private enum CodingKeys: String, CodingKey {
    case epoch, steps, rate, train, validation, seconds
    case undefinedLosses = "undefined_losses"
    case imagesPerSecond = "images_per_second"
    case dataWaitFraction = "data_wait_fraction"
  }

  /// How well a network does.
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

  init(epoch: Int, steps: Int, _ sums: EpochSums, validation: Measures?) {
    self.epoch = epoch
    self.steps = steps
    rate = sums.rate
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
  /// What a line of metrics takes of an evaluation.
  init(_ evaluation: Evaluation) {
    loss = evaluation.loss
    switch evaluation.report {
    case .classes(let report):
      (accuracy, rocAUC, f1) = (report.accuracy, report.macroROCAUC, report.macroF1)
    case .binary(let report):
      (accuracy, rocAUC, f1) = (report.accuracy, report.rocAUC, report.f1)
    }
  }

  /// What the best weights are chosen by: the measure that the loss stands for.
  func score(of loss: Loss) -> Double {
    switch loss {
    case .crossEntropy: accuracy
    case .auc: rocAUC ?? 0
    case .softF1: f1 ?? 0
    }
  }
}
