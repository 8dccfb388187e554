import Backdrop
import TextureDataset
import TextureStream

/// How a method trains its network: the options of `gpgen train`, each of them optional. What no setting asks for is off:
/// masks block nothing, and textures are not changed at random.
public struct TrainingSettings: Equatable, Sendable {
  /// The side of the kernels after the first.
  public var kernel: Int?
  /// The channels of the convolutions.
  public var channels: Int?
  /// The number of convolutions.
  public var depth: Int?
  /// The convolution after which the fine mask stands, from 1.
  public var fineAfter: Int?
  /// The convolution after which the coarse mask stands.
  public var coarseAfter: Int?
  /// The probability that the fine mask blocks a place's gradient.
  public var fineMask: Double?
  /// The probability that the coarse mask does.
  public var coarseMask: Double?
  /// The axes that are masked.
  public var maskAxes: Set<Axis>?
  /// How the gradient is thinned.
  public var method: GradientMethod?
  /// The fraction of the places whose gradient SBP keeps.
  public var sbpRatio: Double?
  /// Which places.
  public var sbpPlaces: Layer.KeptPlaces?
  /// Whether SBP divides the gradient by the probability of a place.
  public var sbpUnbiased: Bool?
  /// How many elements of a sample's gradient meProp keeps.
  public var mepropK: Int?
  /// The probability of a dropout layer before the last one.
  public var dropout: Double?

  /// The loss.
  public var loss: Loss?
  /// The classes that are positive, of a binary loss.
  public var positiveClasses: [Int]?
  /// The labels that the mean squared error predicts.
  public var targets: [RegressionTarget]?
  /// The probability that a sample's gradient is blocked.
  public var batchMask: Double?
  /// The update rule: sgd, adam or adamw.
  public var optimizer: OptimizerKind?
  /// The momentum of SGD.
  public var momentum: Double?
  /// The learning rate; of an experiment with several to choose from, it is chosen among them.
  public var learningRate: Double?
  /// As PyTorch's `weight_decay`.
  public var weightDecay: Double?
  /// The maximum norm of the gradient.
  public var clip: Double?
  /// The learning rate over the epochs: constant or cosine.
  public var schedule: ScheduleKind?
  /// Steps over which the learning rate rises at first.
  public var warmUp: Int?
  /// Textures in a batch.
  public var batch: Int?

  /// Mirror textures at random.
  public var flip: Bool?
  /// Turn them by quarter turns.
  public var turn: Bool?
  /// Begin them at a random pixel.
  public var roll: Bool?
  /// Crop them to random squares of this side; the network is tested on whole textures.
  public var crop: Int?

  /// No settings.
  public init() {}

  /// The update rules by name.
  public enum OptimizerKind: String, CaseIterable, Sendable { case sgd, adam, adamw }

  /// The schedules by name.
  public enum ScheduleKind: String, CaseIterable, Sendable { case constant, cosine }
}

extension TrainingSettings {
  /// The training that the settings describe.
  ///
  /// - Parameters:
  ///   - recipe: of the training textures.
  ///   - steps: how many, at least; the last epoch is trained to its end.
  ///   - learningRate: in place of the settings' own.
  ///   - seed: of the order, the masks, the random changes and the initial weights.
  ///   - threads: that compute.
  /// - Throws: ``BackdropError`` where the settings cannot be.
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
