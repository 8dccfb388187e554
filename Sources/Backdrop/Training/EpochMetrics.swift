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
  /// The fraction of the gradient's positions that the masks kept, averaged over the epoch's steps. This property and
  /// the two below are nil if an earlier version of gpgen ran some of the steps.
  public let keepFraction: Double?
  /// Multiply-adds of all forward and backward passes of the epoch's steps.
  public let multiplyAdds: Double?
  /// The maximum, over the epoch's steps, of the bytes of activations kept for the backward pass.
  public let keptBytes: Int?
  /// Metrics of the epoch's batches, each computed before its step, with dropout.
  public let train: Measures
  /// Metrics of the validation part or the validation data after the epoch; nil without either.
  public let validation: Measures?
  /// The results of the best possible method on the validation samples: in the line of the first epoch, if they can be
  /// computed at little cost.
  public let ceiling: Ceiling?
  /// The number of batches that did not update the weights because their loss was undefined: with AUC, those of one
  /// class.
  public let undefinedLosses: Int
  /// Training time in seconds, without the validation.
  public let seconds: Double
  /// Training throughput, in textures per second.
  public let imagesPerSecond: Double
  /// The fraction of the training time spent waiting for textures.
  public let dataWaitFraction: Double

  private enum CodingKeys: String, CodingKey {
    case epoch, steps, train, validation, seconds, method, ceiling
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
    /// The mean loss over samples; for the validation part, a loss over pairs is the mean over all pairs of the part.
    /// Nil if undefined or not computed.
    public let loss: Double?
    /// The fraction of correct predictions; nil for a regression.
    public let accuracy: Double?
    /// For each scale, the fraction of samples whose predicted class has the scale's true choice; nil for losses that
    /// do not distinguish all classes.
    public let scaleAccuracy: [Double]?
    /// The area under the ROC curve: that of the logit, or the mean over the classes. Nil if undefined or not computed.
    public let rocAUC: Double?
    /// F1: that of the positive classes, or the mean over the classes. Nil if not computed.
    public let f1: Double?
    /// For a regression, the mean squared error of each target, in the square of the label's unit.
    public let meanSquaredError: [Double]?
    /// For a regression, the root mean squared error of each target, in the label's unit.
    public let rootMeanSquaredError: [Double]?
    /// For a regression, R² of each target; nil if the labels of a target are all equal.
    public let rSquared: [Double]?

    private enum CodingKeys: String, CodingKey {
      case loss, accuracy, f1
      case scaleAccuracy = "scale_accuracy"
      case rocAUC = "roc_auc"
      case meanSquaredError = "mean_squared_error"
      case rootMeanSquaredError = "root_mean_squared_error"
      case rSquared = "r_squared"
    }
  }

  init(
    epoch: Int, steps: Int, _ sums: EpochSums, method: GradientMethod, targets: [TargetStandardization] = [],
    validation: Measures?, ceiling: Ceiling? = nil
  ) {
    self.epoch = epoch
    self.steps = steps
    learningRate = sums.learningRate
    self.method = method
    let cost = sums.cost
    (keepFraction, multiplyAdds, keptBytes) = (cost?.keepFraction, cost?.multiplyAdds, cost?.keptBytes)
    train = Measures(sums, targets)
    self.validation = validation
    self.ceiling = ceiling
    undefinedLosses = sums.undefinedLosses
    seconds = sums.seconds
    imagesPerSecond = sums.samplesPerSecond
    dataWaitFraction = sums.seconds > 0 ? sums.waitSeconds / sums.seconds : 0
  }
}

extension EpochMetrics {
  /// Reads a line of metrics.jsonl. Lines of version 1 have no method; it was always Backdrop.
  ///
  /// - Throws: if a key is missing or its value is invalid.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    epoch = try values.decode(Int.self, forKey: .epoch)
    steps = try values.decode(Int.self, forKey: .steps)
    learningRate = try values.decode(Double.self, forKey: .learningRate)
    method = try values.decodeIfPresent(GradientMethod.self, forKey: .method) ?? .backdrop
    keepFraction = try values.decodeIfPresent(Double.self, forKey: .keepFraction)
    multiplyAdds = try values.decodeIfPresent(Double.self, forKey: .multiplyAdds)
    keptBytes = try values.decodeIfPresent(Int.self, forKey: .keptBytes)
    train = try values.decode(Measures.self, forKey: .train)
    validation = try values.decodeIfPresent(Measures.self, forKey: .validation)
    ceiling = try values.decodeIfPresent(Ceiling.self, forKey: .ceiling)
    undefinedLosses = try values.decode(Int.self, forKey: .undefinedLosses)
    seconds = try values.decode(Double.self, forKey: .seconds)
    imagesPerSecond = try values.decode(Double.self, forKey: .imagesPerSecond)
    dataWaitFraction = try values.decode(Double.self, forKey: .dataWaitFraction)
  }
}

extension EpochMetrics.Measures {
  /// The metrics of an epoch's batches.
  ///
  /// - Parameters:
  ///   - sums: the epoch's sums.
  ///   - targets: the standardization of a regression's labels.
  fileprivate init(_ sums: EpochSums, _ targets: [TargetStandardization]) {
    let report = sums.logits.isEmpty ? nil : BinaryReport(logits: sums.logits, targets: sums.targets)
    self.init(
      loss: sums.meanLoss, accuracy: targets.isEmpty ? sums.accuracy : nil, scaleAccuracy: sums.scaleAccuracy,
      rocAUC: report?.rocAUC, f1: report?.f1,
      regression: targets.isEmpty
        ? nil
        : zip(targets, sums.regression).map { target, sums in
          RegressionReport.TargetScore(name: target.name, sums, unit: target.standardDeviation)
        })
  }

  /// The metrics of an evaluation that go into a line of metrics.jsonl.
  init(_ evaluation: Evaluation) {
    switch evaluation.report {
    case .classes(let report):
      self.init(
        loss: evaluation.loss, accuracy: report.accuracy, scaleAccuracy: report.scaleAccuracy,
        rocAUC: report.macroROCAUC, f1: report.macroF1)
    case .binary(let report):
      self.init(loss: evaluation.loss, accuracy: report.accuracy, rocAUC: report.rocAUC, f1: report.f1)
    case .regression(let report):
      self.init(loss: evaluation.loss, accuracy: nil, regression: report.targets)
    }
  }

  private init(
    loss: Double?, accuracy: Double?, scaleAccuracy: [Double]? = nil, rocAUC: Double? = nil, f1: Double? = nil,
    regression: [RegressionReport.TargetScore]? = nil
  ) {
    self.loss = loss
    self.accuracy = accuracy
    self.scaleAccuracy = scaleAccuracy
    self.rocAUC = rocAUC
    self.f1 = f1
    meanSquaredError = regression?.map(\.meanSquaredError)
    rootMeanSquaredError = regression?.map(\.rootMeanSquaredError)
    let rSquared = regression?.compactMap(\.rSquared)
    self.rSquared = rSquared?.count == regression?.count ? rSquared : nil
  }

  /// The metric by which the best weights are selected. It depends on the loss: the minimum of the mean squared error,
  /// or the maximum of another metric.
  func score(of loss: Loss) -> Double {
    switch loss {
    case .crossEntropy: accuracy ?? 0
    case .auc, .binaryCrossEntropy: rocAUC ?? 0
    case .softF1: f1 ?? 0
    case .meanSquaredError: self.loss ?? .greatestFiniteMagnitude
    }
  }
}
