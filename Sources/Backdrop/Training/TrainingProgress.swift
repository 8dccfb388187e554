/// Events of a training, for progress reports.
public enum TrainingEvent: Sendable {
  /// The pixels of the training part are being measured: samples done, of all.
  case measuring(samples: Int, of: Int)
  /// The run begins, or continues after a step; the folder has its checkpoint.
  case begun(step: Int, of: Int)
  /// A training step is done.
  case step(TrainingProgress)
  /// The validation part is being evaluated: samples done, of all.
  case validating(samples: Int, of: Int)
  /// An epoch is done.
  case epoch(EpochMetrics)
}

/// How far a training is.
public struct TrainingProgress: Sendable {
  /// The epoch, from 1.
  public let epoch: Int
  /// All of them.
  public let epochs: Int
  /// Batches of the epoch so far.
  public let step: Int
  /// Batches in an epoch.
  public let steps: Int
  /// The epoch's mean loss so far; none where it was never defined.
  public let loss: Double?
  /// The epoch's fraction of right predictions so far.
  public let accuracy: Double
  /// Textures trained on in a second, in this epoch.
  public let imagesPerSecond: Double
  /// Seconds to the end of the last epoch, estimated from the steps of this process.
  public let secondsLeft: Double
}

/// The results of a training.
public struct TrainingSummary: Sendable {
  /// The configuration and the dataset.
  public let record: RunRecord
  /// The run's folder.
  public let folder: String
  /// Whether there was nothing to do.
  public let wasFinished: Bool
  /// Of the final weights on the validation part, or on the training part where there is no other; none where there was
  /// nothing to do.
  public let evaluation: Evaluation?
  /// The epoch with the best validation, from 1; none without validation.
  public let bestEpoch: Int?
  /// Textures that this process has trained on.
  public let images: Int
  /// Seconds that this process has trained for, without validations.
  public let seconds: Double
  /// The part of them that was spent waiting for textures.
  public let dataWaitFraction: Double

  /// The path of the weights after the last epoch.
  public var weightsFile: String { path(.weights) }
  /// The path of the weights after ``bestEpoch``, where there is one.
  public var bestWeightsFile: String { path(.best) }
  /// The path of the metrics.
  public var metricsFile: String { path(.metrics) }

  private func path(_ file: RunFolder.File) -> String { RunFolder.file(folder, file.rawValue) }
}
