import TextureStream

/// The defaults of a training.
///
/// Chosen by experiment on 400 textures of 256 x 256 with length scales of 4 or 5 px and of 20 or 35 px
/// (`Tests/Outside/learning.py`). Without augmentation the network memorised 93% of the 400 textures and classified 42%
/// of others correctly. After 30 epochs, batches of 16 reached 57% and batches of 8 reached 92%. In 60 epochs a
/// learning rate of 0.002 reached 87%; 0.001 reached 92% to 96% with three seeds.
public enum TrainingDefaults {
  /// The probability of the reference network's fine mask.
  public static let fineMask = 0.85
  /// The probability of the reference network's coarse mask.
  public static let coarseMask = 0.75
  /// The axes of both masks.
  public static let maskAxes: Set<Axis> = [.sample, .y, .x]
  /// The fraction of positions that SBP layers of the reference network keep.
  public static let sbpRatio = 0.5
  /// The side of the reference network's kernels, except the first.
  public static let kernel = 3
  /// The number of channels of the reference network's convolutions.
  public static let channels = 64

  /// The update rule.
  public static let optimizer = UpdateRule.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
  /// The momentum of SGD.
  public static let momentum = 0.9
  /// The learning rate.
  public static let learningRate = 1e-3
  /// The coefficient of weight decay, as PyTorch's `weight_decay`.
  public static let weightDecay = 0.0
  /// The learning rate over the epochs.
  public static let schedule = Schedule(.constant, warmUp: 0)
  /// The number of epochs between the steps of a step schedule.
  public static let stepEvery = 10
  /// The factor by which a step schedule multiplies the learning rate.
  public static let stepFactor = 0.1

  /// Random changes to the textures of the training part.
  public static let augmentation = Augmentation(flip: true, turn: true, roll: true)
  /// The number of textures in a batch.
  public static let batchSize = 8
  /// The number of passes through the training part.
  public static let epochs = 60
  /// The fraction of each class that is set aside for validation.
  public static let validationFraction = 0.2
  /// Memory for activations kept for the backward pass, in MiB.
  public static let activationMemoryMiB = 256
  /// The time between checkpoints within an epoch, in minutes.
  public static let checkpointMinutes = 10.0
}
