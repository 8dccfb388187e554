import Backdrop
import TextureDataset
import TextureStream

/// How a method trains its network: the options of `gpgen train`, all optional. By default, masks block nothing and
/// there is no augmentation.
public struct TrainingSettings: Equatable, Sendable {
  /// The side of the kernels after the first.
  public var kernel: Int?
  /// The number of channels of the convolutions.
  public var channels: Int?
  /// The number of convolutions.
  public var depth: Int?
  /// The convolution that the fine mask follows, counted from 1.
  public var fineAfter: Int?
  /// The convolution that the coarse mask follows, counted from 1.
  public var coarseAfter: Int?
  /// The probability that the fine mask blocks the gradient at a position.
  public var fineMask: Double?
  /// The probability that the coarse mask blocks the gradient at a position.
  public var coarseMask: Double?
  /// The masked axes.
  public var maskAxes: Set<Axis>?
  /// How the gradient is thinned.
  public var method: GradientMethod?
  /// The fraction of positions whose gradient SBP keeps.
  public var sbpRatio: Double?
  /// The positions that SBP keeps.
  public var sbpPlaces: Layer.KeptPlaces?
  /// Whether SBP divides the gradient by the probability of keeping it.
  public var sbpUnbiased: Bool?
  /// The number of elements of a sample's gradient that meProp keeps.
  public var mepropK: Int?
  /// The probability of a dropout layer before the last layer.
  public var dropout: Double?

  /// The loss.
  public var loss: Loss?
  /// The positive classes of a binary loss.
  public var positiveClasses: [Int]?
  /// The labels to predict, for the mean squared error.
  public var targets: [RegressionTarget]?
  /// The probability that a sample's gradient is blocked.
  public var batchMask: Double?
  /// The update rule: sgd, adam or adamw.
  public var optimizer: OptimizerKind?
  /// The momentum of SGD.
  public var momentum: Double?
  /// The learning rate; an experiment's list of learning rates takes precedence.
  public var learningRate: Double?
  /// The weight decay, as PyTorch's `weight_decay`.
  public var weightDecay: Double?
  /// The maximum norm of the gradient.
  public var clip: Double?
  /// The learning rate's schedule over the epochs: constant or cosine.
  public var schedule: ScheduleKind?
  /// The number of warm-up steps, over which the learning rate rises.
  public var warmUp: Int?
  /// The number of textures in a batch.
  public var batch: Int?

  /// Whether textures are flipped at random.
  public var flip: Bool?
  /// Whether textures are rotated at random by multiples of 90°.
  public var turn: Bool?
  /// Whether textures are shifted at random, with wraparound.
  public var roll: Bool?
  /// The side of random square crops, in pixels; the network is tested on whole textures.
  public var crop: Int?

  /// Creates empty settings.
  public init() {}

  /// The update rules by name.
  public enum OptimizerKind: String, CaseIterable, Sendable { case sgd, adam, adamw }

  /// The schedules by name.
  public enum ScheduleKind: String, CaseIterable, Sendable { case constant, cosine }
}

extension TrainingSettings {
  /// The training configuration that the settings describe.
  ///
  /// - Parameters:
  ///   - recipe: the recipe of the training textures.
  ///   - steps: the minimum number of steps; the last epoch is completed.
  ///   - learningRate: overrides the settings' own.
  ///   - seed: the seed of the order, the masks, the augmentation and the initial weights.
  ///   - threads: the number of threads.
  /// - Throws: ``BackdropError`` if the settings are invalid.
  func configuration(
    for recipe: Recipe, steps: Int, learningRate: Double? = nil, seed: UInt64, threads: Int
  ) throws(BackdropError) -> TrainingConfiguration {
    let loss = loss ?? .crossEntropy
    let targets = targets ?? []
    try recipe.refuseSingleClass(for: loss)
    let size = try recipe.trainingSize()
    var configuration = TrainingConfiguration(
      network: try network(
        for: size.cropped(to: crop), outputs: loss.isBinary ? 1 : loss.isRegression ? targets.count : recipe.classCount),
      loss: loss, positiveClasses: loss.isBinary ? positiveClasses ?? [] : [], targets: targets, batchMask: batchMask,
      optimizer: rule,
      learningRate: learningRate ?? self.learningRate ?? TrainingDefaults.learningRate,
      weightDecay: weightDecay ?? TrainingDefaults.weightDecay, clip: clip,
      schedule: Schedule(schedule == .cosine ? .cosine : .constant, warmUp: warmUp ?? 0),
      batchSize: min(batch ?? TrainingDefaults.batchSize, recipe.samples), seed: seed, validationFraction: 0,
      augmentation: Augmentation(crop: crop, flip: flip ?? false, turn: turn ?? false, roll: roll ?? false),
      threads: threads)
    let perEpoch = configuration.batchesPerEpoch(of: recipe.samples)
    configuration.epochs = max(1, (steps + perEpoch - 1) / perEpoch)
    try configuration.check(classCount: recipe.classCount, size: size)
    return configuration
  }

  private var rule: UpdateRule {
    switch optimizer ?? .adam {
    case .sgd: .sgd(momentum: momentum ?? TrainingDefaults.momentum)
    case .adam: .adam()
    case .adamw: .adamW()
    }
  }

  private var thinning: ReferenceMethod {
    switch method ?? .backdrop {
    case .backdrop:
      .backdrop(fine: fineMask ?? 0, coarse: coarseMask ?? 0, axes: maskAxes ?? TrainingDefaults.maskAxes)
    case .sbp:
      .sbp(ratio: sbpRatio ?? TrainingDefaults.sbpRatio, places: sbpPlaces ?? .grid, unbiased: sbpUnbiased ?? false)
    case .meprop: .meProp(k: mepropK ?? 0)
    }
  }

  private func network(for size: ImageSize, outputs: Int) throws(BackdropError) -> Network {
    let network = try Network.reference(
      size: size, outputs: outputs, kernel: kernel ?? TrainingDefaults.kernel,
      channels: channels ?? TrainingDefaults.channels, depth: depth, fineAfter: fineAfter, coarseAfter: coarseAfter,
      method: thinning)
    guard let dropout, dropout > 0 else { return network }
    var layers = network.layers
    layers.insert(.dropout(dropout), at: layers.count - 1)
    return Network(inputChannels: network.inputChannels, layers: layers)
  }
}
