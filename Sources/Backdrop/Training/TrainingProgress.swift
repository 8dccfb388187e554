/// An event of a training, for progress reports.
public enum TrainingEvent: Sendable {
  /// The mean and the standard deviation of the pixels are being measured: samples done, of all.
  case measuring(samples: Int, of: Int)
  /// The run starts, or is resumed after a step. The folder has its checkpoint.
  case begun(step: Int, of: Int)
  /// A training step is complete.
  case step(TrainingProgress)
  /// The validation part or the validation data is being evaluated: samples done, of all.
  case validating(samples: Int, of: Int)
  /// An epoch is complete.
  case epoch(EpochMetrics)
}

/// The progress of a training.
public struct TrainingProgress: Sendable {
  /// The epoch, from 1.
  public let epoch: Int
  /// The number of epochs.
  public let epochs: Int
  /// The number of batches of this epoch so far.
  public let step: Int
  /// The number of batches in an epoch.
  public let steps: Int
  /// The mean loss of this epoch so far; nil if it was undefined for all batches.
  public let loss: Double?
  /// The fraction of correct predictions in this epoch so far; nil for a regression.
  public let accuracy: Double?
  /// For each scale, the fraction of samples whose predicted class has the true choice, in this epoch so far; nil for
  /// losses that do not distinguish all classes.
  public let scaleAccuracy: [Double]?
  /// For a regression, R² of each target in this epoch so far, nil if its labels were all equal; empty for other
  /// losses.
  public let rSquared: [Double?]
  /// Training throughput in this epoch, in textures per second.
  public let imagesPerSecond: Double
  /// The estimated time to the end of the last epoch, in seconds, extrapolated from this process's steps.
  public let secondsLeft: Double
}

/// The results of a training.
public struct TrainingSummary: Sendable {
  /// The configuration and the dataset.
  public let record: RunRecord
  /// The run's folder.
  public let folder: String
  /// Whether the run was already finished, so that there was nothing to do.
  public let wasFinished: Bool
  /// The evaluation of the final weights, on the validation part or the validation data or, without either, on the
  /// training part; nil if there was nothing to do.
  public let evaluation: Evaluation?
  /// The epoch with the best validation, from 1; nil without a validation.
  public let bestEpoch: Int?
  /// The number of textures that this process has trained on.
  public let images: Int
  /// The training time of this process in seconds, without validations.
  public let seconds: Double
  /// The fraction of that time spent waiting for textures.
  public let dataWaitFraction: Double

  /// The path of the weights after the last epoch.
  public var weightsFile: String { path(.weights) }
  /// The path of the weights after ``bestEpoch``, if there is one.
  public var bestWeightsFile: String { path(.best) }
  /// The path of the metrics.
  public var metricsFile: String { path(.metrics) }
  /// The path of the metrics of steps, if they are logged.
  public var stepsFile: String { path(.steps) }

  private func path(_ file: RunFolder.File) -> String { RunFolder.file(folder, file.rawValue) }
}
