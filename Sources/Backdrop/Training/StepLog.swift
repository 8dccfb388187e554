/// The offset of the next line of steps.jsonl, and the sums that it is computed from.
struct StepLog: Codable, Equatable, Sendable {
  /// The size of steps.jsonl so far, in bytes.
  var bytes = 0
  /// Sums of the steps since the last line.
  var sums = EpochSums()

  /// Whether these are possible sums of some steps.
  var fits: Bool { bytes >= 0 && sums.fit(.max, isBinary: false) }
}

/// One line of steps.jsonl: the results of some training steps. `schemas/steps.schema.json` describes it.
public struct StepMetrics: Codable, Equatable, Sendable {
  /// The number of batches so far, in all epochs. The line covers the steps since the previous line.
  public let step: Int
  /// The epoch of the last step, from 1.
  public let epoch: Int
  /// The learning rate of the last step.
  public let learningRate: Double
  /// The mean loss over the steps' samples, each computed before its step, with dropout; nil if it was undefined in all
  /// steps.
  public let loss: Double?
  /// The fraction of correct predictions of the same outputs; nil for a regression.
  public let accuracy: Double?
  /// For each scale, the fraction of samples whose predicted class has the scale's true choice; nil for losses that do
  /// not distinguish all classes.
  public let scaleAccuracy: [Double]?
  /// The fraction of the gradient's positions that the masks kept, averaged over the steps.
  public let keepFraction: Double
  /// Multiply-adds of all forward and backward passes of the steps.
  public let multiplyAdds: Double
  /// The training's running time in seconds, including validations and the time before it was resumed.
  public let seconds: Double

  private enum CodingKeys: String, CodingKey {
    case step, epoch, loss, accuracy, seconds
    case learningRate = "learning_rate"
    case scaleAccuracy = "scale_accuracy"
    case keepFraction = "keep_fraction"
    case multiplyAdds = "multiply_adds"
  }

  init(step: Int, epoch: Int, _ sums: EpochSums, isRegression: Bool, seconds: Double) {
    self.step = step
    self.epoch = epoch
    learningRate = sums.learningRate
    loss = sums.meanLoss
    accuracy = isRegression ? nil : sums.accuracy
    scaleAccuracy = sums.scaleAccuracy
    let cost = sums.cost ?? .zero
    (keepFraction, multiplyAdds) = (cost.keepFraction, cost.multiplyAdds)
    self.seconds = seconds
  }
}
