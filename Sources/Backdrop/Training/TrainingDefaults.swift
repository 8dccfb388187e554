import TextureStream

/// What a training uses where nothing is said.
public enum TrainingDefaults {
  /// The probability of the reference network's fine mask.
  public static let fineMask = 0.85
  /// The probability of the reference network's coarse mask.
  public static let coarseMask = 0.75
  /// The axes of both.
  public static let maskAxes: Set<Axis> = [.sample, .y, .x]
  /// The side of the reference network's kernels after the first.
  public static let kernel = 3
  /// The channels of the reference network's convolutions.
  public static let channels = 64

  /// The update rule.
  public static let optimizer = UpdateRule.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
  /// The momentum of SGD.
  public static let momentum = 0.9
  /// The learning rate.
  public static let rate = 1e-3
  /// As PyTorch's `weight_decay`.
  public static let weightDecay = 0.0
  /// The learning rate over the epochs.
  public static let schedule = Schedule(.constant, warmUp: 0)
  /// Epochs between the steps of a step schedule.
  public static let stepEvery = 10
  /// What a step schedule multiplies the rate with.
  public static let stepFactor = 0.1

  /// Random changes to the textures of the training part.
  public static let augmentation = Augmentation()
  /// Textures in a batch.
  public static let batchSize = 16
  /// Passes through the training part.
  public static let epochs = 30
  /// The fraction of each class that is set aside.
  public static let validationFraction = 0.2
  /// Minutes between checkpoints within an epoch.
  public static let checkpointMinutes = 10.0
}
