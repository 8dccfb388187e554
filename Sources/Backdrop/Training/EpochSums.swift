/// What an epoch's line of metrics is made of, as it goes; exact, so that an epoch goes on where a checkpoint left it.
struct EpochSums: Codable, Equatable, Sendable {
  /// Samples seen.
  var samples = 0
  /// Of them, those whose prediction was right.
  var correct = 0
  /// The losses of batches, each times its samples.
  var loss = 0.0
  /// The samples of batches whose loss was defined.
  var lossSamples = 0
  /// Batches whose loss was not.
  var undefinedLosses = 0
  /// The learning rate of the last step.
  var rate = 0.0
  /// Seconds of training.
  var seconds = 0.0
  /// Of them, those spent waiting for batches.
  var waitSeconds = 0.0
  /// Of a binary loss: each sample's output, for measures of the whole epoch. Kept as a tensor.
  var logits: [Float] = []
  /// Of a binary loss: each sample's target. Kept as a tensor.
  var targets: [Int] = []

  enum CodingKeys: String, CodingKey {
    case samples, correct, loss, rate, seconds
    case lossSamples = "loss_samples"
    case undefinedLosses = "undefined_losses"
    case waitSeconds = "wait_seconds"
  }

  /// Takes a batch.
  mutating func add(_ scores: Scores, loss value: Double?, isBinary: Bool) {
    samples += scores.count
    correct += (0..<scores.count).count { scores.prediction($0) == scores.targets[$0] }
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

  /// Whether they can be of an epoch of so many samples.
  func fit(_ count: Int, isBinary: Bool) -> Bool {
    let kept = isBinary ? samples : 0
    return (0...count).contains(samples) && (0...samples).contains(correct) && (0...samples).contains(lossSamples)
      && logits.count == kept && targets.count == kept && loss.isFinite && rate >= 0 && rate.isFinite
      && seconds.isFinite && waitSeconds >= 0 && waitSeconds <= seconds
  }

  /// The mean loss; none where it was never defined.
  var meanLoss: Double? { lossSamples == 0 ? nil : loss / Double(lossSamples) }
  /// The fraction of right predictions.
  var accuracy: Double { samples == 0 ? 0 : Double(correct) / Double(samples) }
  /// Samples a second.
  var samplesPerSecond: Double { seconds > 0 ? Double(samples) / seconds : 0 }
}
