/// Running sums of an epoch, from which its line of metrics is computed. A checkpoint keeps them exactly, so that a
/// resumed epoch has the same metrics.
struct EpochSums: Codable, Equatable, Sendable {
  /// The number of samples seen.
  var samples = 0
  /// The number of samples predicted correctly.
  var correct = 0
  /// The sum of the batches' losses, each multiplied by the batch's number of samples.
  var loss = 0.0
  /// The number of samples in batches whose loss was defined.
  var lossSamples = 0
  /// The number of batches whose loss was undefined.
  var undefinedLosses = 0
  /// The learning rate of the last step.
  var learningRate = 0.0
  /// The number of steps whose cost is in the sums below: all, unless an earlier version of gpgen started the epoch.
  var reportedSteps = 0
  /// The number of samples of these steps.
  var reportedSamples = 0
  /// The sum of these steps' keep fractions.
  var keepFraction = 0.0
  /// Multiply-adds of these steps.
  var multiplyAdds = 0.0
  /// The maximum of these steps' bytes of activations kept for the backward pass.
  var keptBytes = 0
  /// For each scale, the number of samples whose predicted class has the scale's true choice; empty if there are no
  /// classes.
  var scaleCorrect: [Int] = []
  /// The number of samples in ``scaleCorrect``: all, unless an earlier version of gpgen started the epoch.
  var scaleSamples = 0
  /// For each target of a regression, the sums of its standardized label; empty without targets.
  var regression: [RegressionSums] = []
  /// Training time in seconds.
  var seconds = 0.0
  /// The part of the training time spent waiting for batches, in seconds.
  var waitSeconds = 0.0
  /// With a binary loss, the output for each sample, from which metrics of the epoch are computed. A tensor in
  /// checkpoints.
  var logits: [Float] = []
  /// With a binary loss, the target of each sample. A tensor in checkpoints.
  var targets: [Int] = []

  enum CodingKeys: String, CodingKey {
    case samples, correct, loss, seconds, regression
    case scaleCorrect = "scale_correct"
    case scaleSamples = "scale_samples"
    case learningRate = "learning_rate"
    case reportedSteps = "reported_steps"
    case reportedSamples = "reported_samples"
    case keepFraction = "keep_fraction"
    case multiplyAdds = "multiply_adds"
    case keptBytes = "kept_bytes"
    case lossSamples = "loss_samples"
    case undefinedLosses = "undefined_losses"
    case waitSeconds = "wait_seconds"
  }

  /// The sums before the first step.
  init() {}

  /// - Throws: if a key is missing. Checkpoints of earlier versions lack the cost of steps and the accuracy of scales.
  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    samples = try values.decode(Int.self, forKey: .samples)
    correct = try values.decode(Int.self, forKey: .correct)
    loss = try values.decode(Double.self, forKey: .loss)
    lossSamples = try values.decode(Int.self, forKey: .lossSamples)
    undefinedLosses = try values.decode(Int.self, forKey: .undefinedLosses)
    learningRate = try values.decode(Double.self, forKey: .learningRate)
    reportedSteps = try values.decodeIfPresent(Int.self, forKey: .reportedSteps) ?? 0
    reportedSamples = try values.decodeIfPresent(Int.self, forKey: .reportedSamples) ?? 0
    keepFraction = try values.decodeIfPresent(Double.self, forKey: .keepFraction) ?? 0
    multiplyAdds = try values.decodeIfPresent(Double.self, forKey: .multiplyAdds) ?? 0
    keptBytes = try values.decodeIfPresent(Int.self, forKey: .keptBytes) ?? 0
    scaleCorrect = try values.decodeIfPresent([Int].self, forKey: .scaleCorrect) ?? []
    scaleSamples = try values.decodeIfPresent(Int.self, forKey: .scaleSamples) ?? 0
    regression = try values.decodeIfPresent([RegressionSums].self, forKey: .regression) ?? []
    seconds = try values.decode(Double.self, forKey: .seconds)
    waitSeconds = try values.decode(Double.self, forKey: .waitSeconds)
  }

  /// Adds a batch and the cost of its step.
  ///
  /// - Parameters:
  ///   - scores: the scores of the batch.
  ///   - value: the batch's loss.
  ///   - isBinary: whether the loss is binary.
  ///   - choices: each class's choice for each scale; empty if the outputs are not those of classes.
  ///   - numbers: the standardized labels of a regression, shape (B, K).
  ///   - cost: the cost of the step.
  mutating func add(
    _ scores: Scores, loss value: Double?, isBinary: Bool, choices: [[Int]] = [], numbers: [Float] = [],
    cost: StepReport
  ) {
    reportedSteps += 1
    reportedSamples += scores.count
    keepFraction += cost.keepFraction
    multiplyAdds += cost.multiplyAdds
    keptBytes = max(keptBytes, cost.keptBytes)
    samples += scores.count
    if scores.isRegression {
      addRegression(scores, numbers)
    } else {
      correct += (0..<scores.count).count { scores.prediction($0) == scores.targets[$0] }
      if !choices.isEmpty { addScales(scores, choices) }
    }
    if let value {
      loss += value * Double(scores.count)
      lossSamples += scores.count
    } else {
      undefinedLosses += 1
    }
    if isBinary {
      logits += scores.outputs
      targets += scores.targets
    }
  }

  private mutating func addScales(_ scores: Scores, _ choices: [[Int]]) {
    scaleSamples += scores.count
    let scaleCount = choices[0].count
    if scaleCorrect.count != scaleCount { scaleCorrect = Array(repeating: 0, count: scaleCount) }
    for index in 0..<scores.count {
      let (predicted, truth) = (choices[scores.prediction(index)], choices[scores.targets[index]])
      for scale in 0..<scaleCount where predicted[scale] == truth[scale] { scaleCorrect[scale] += 1 }
    }
  }

  private mutating func addRegression(_ scores: Scores, _ numbers: [Float]) {
    let count = scores.outputCount
    if regression.count != count { regression = Array(repeating: RegressionSums(), count: count) }
    for (place, number) in numbers.enumerated() {
      regression[place % count].add(
        error: Double(scores.outputs[place]) - Double(number), label: Double(number))
    }
  }

  /// Whether these are possible sums of an epoch of `count` samples.
  func fit(_ count: Int, isBinary: Bool) -> Bool {
    let kept = isBinary ? samples : 0
    return (0...count).contains(samples) && (0...samples).contains(correct) && (0...samples).contains(lossSamples)
      && logits.count == kept && targets.count == kept && loss.isFinite && learningRate >= 0 && learningRate.isFinite
      && (0...samples).contains(reportedSamples) && (0...reportedSamples).contains(reportedSteps)
      && (0...Double(reportedSteps)).contains(keepFraction) && multiplyAdds >= 0 && multiplyAdds.isFinite
      && keptBytes >= 0
      && (0...samples).contains(scaleSamples) && scaleCorrect.allSatisfy { (0...scaleSamples).contains($0) }
      && regression.allSatisfy { $0.fit(samples) }
      && seconds.isFinite && waitSeconds >= 0 && waitSeconds <= seconds
  }

  /// The mean loss; nil if it was undefined for all batches.
  var meanLoss: Double? { lossSamples == 0 ? nil : loss / Double(lossSamples) }
  /// The cost of the epoch's steps: the mean keep fraction, the sum of multiply-adds and the maximum of kept bytes. Nil
  /// if an earlier version of gpgen ran some of the steps.
  var cost: StepReport? {
    guard reportedSteps > 0, reportedSamples == samples else { return nil }
    return StepReport(
      keepFraction: keepFraction / Double(reportedSteps), multiplyAdds: multiplyAdds, keptBytes: keptBytes)
  }
  /// The fraction of correct predictions.
  var accuracy: Double { samples == 0 ? 0 : Double(correct) / Double(samples) }
  /// For each scale, the fraction of samples whose predicted class has the true choice; nil without classes, or if an
  /// earlier version of gpgen ran some of the steps.
  var scaleAccuracy: [Double]? {
    guard samples > 0, scaleSamples == samples, !scaleCorrect.isEmpty else { return nil }
    return scaleCorrect.map { Double($0) / Double(samples) }
  }
  /// Throughput, in samples per second.
  var samplesPerSecond: Double { seconds > 0 ? Double(samples) / seconds : 0 }
}
