import TextureStream

/// How a network is trained; with a dataset, all that decides the result.
public struct TrainingConfiguration: Codable, Equatable, Sendable {
  /// The layers.
  public var network: Network
  /// What is made small.
  public var loss: Loss
  /// The classes that a binary loss takes for positive, against all others; empty for cross-entropy.
  public var positiveClasses: [Int]
  /// The probability that a sample's gradient is blocked at the loss, which itself sees all samples; none for no mask.
  public var batchMask: Double?
  /// How a gradient becomes a step.
  public var optimizer: UpdateRule
  /// The learning rate that ``schedule`` begins with.
  public var rate: Double
  /// As PyTorch's `weight_decay`: of the gradient, for AdamW of the weights.
  public var weightDecay: Double
  /// The longest gradient, in its Euclidean norm over all parameters; none for no limit.
  public var clip: Double?
  /// The learning rate over the epochs.
  public var schedule: Schedule
  /// Textures in a batch; at an epoch's end there may be fewer.
  public var batchSize: Int
  /// Passes through the training part.
  public var epochs: Int
  /// Of the order, the augmentation, the masks, dropout and the initial weights: at most 2^53 - 1.
  public var seed: UInt64
  /// The fraction of each class that is set aside for validation, from 0 to under 1.
  public var validationFraction: Double
  /// Another division into the parts for each: at most 2^53 - 1.
  public var splitSeed: UInt64
  /// How samples are assigned to the parts. A run that is resumed keeps its own.
  public var splitVersion: SplitVersion {
    get { storedSplitVersion ?? .circle }
    set { storedSplitVersion = newValue }
  }
  /// As files have it: none in those from before there were versions.
  private var storedSplitVersion: SplitVersion?
  /// Random changes to the textures of the training part. A crop is one to all others too: there its window is the same
  /// every time.
  public var augmentation: Augmentation
  /// Threads of oneDNN, and of the stream. Another number gives other last bits.
  public var threads: Int

  private enum CodingKeys: String, CodingKey {
    case network, loss, optimizer, rate, clip, schedule, epochs, seed, augmentation, threads
    case positiveClasses = "positive_classes"
    case batchMask = "batch_mask"
    case weightDecay = "weight_decay"
    case batchSize = "batch_size"
    case validationFraction = "validation_fraction"
    case splitSeed = "split_seed"
    case storedSplitVersion = "split_version"
  }

  /// The reference training of a network, unless said otherwise: ``TrainingDefaults``.
  public init(
    network: Network, loss: Loss = .crossEntropy, positiveClasses: [Int] = [], batchMask: Double? = nil,
    optimizer: UpdateRule = TrainingDefaults.optimizer, rate: Double = TrainingDefaults.rate,
    weightDecay: Double = TrainingDefaults.weightDecay,
    clip: Double? = nil, schedule: Schedule = TrainingDefaults.schedule,
    batchSize: Int = TrainingDefaults.batchSize, epochs: Int = TrainingDefaults.epochs, seed: UInt64 = 0,
    validationFraction: Double = TrainingDefaults.validationFraction, splitSeed: UInt64 = 0,
    splitVersion: SplitVersion = .exact,
    augmentation: Augmentation = TrainingDefaults.augmentation, threads: Int = 2
  ) {
    self.network = network
    self.loss = loss
    self.positiveClasses = positiveClasses
    self.batchMask = batchMask
    self.optimizer = optimizer
    self.rate = rate
    self.weightDecay = weightDecay
    self.clip = clip
    self.schedule = schedule
    self.batchSize = batchSize
    self.epochs = epochs
    self.seed = seed
    self.validationFraction = validationFraction
    self.splitSeed = splitSeed
    storedSplitVersion = splitVersion
    self.augmentation = augmentation
    self.threads = threads
  }

  /// The same training with the split version of another, for going on with that.
  func keepingSplitVersion(of other: TrainingConfiguration) -> TrainingConfiguration {
    var configuration = self
    configuration.storedSplitVersion = other.storedSplitVersion
    return configuration
  }

  /// The parts, training and validation.
  ///
  /// - Parameter samples: of the dataset that is divided; none for all that there are.
  /// - Throws: ``StreamError`` with code `.invalidOptions`.
  func splitRule(samples: Int? = nil) throws(StreamError) -> SplitRule {
    try SplitRule(
      .fractions(validation: validationFraction, test: 0), seed: splitSeed, version: splitVersion, samples: samples)
  }

  /// The network with the batch mask behind its last layer.
  var trainedNetwork: Network {
    guard let batchMask else { return network }
    return Network(
      inputChannels: network.inputChannels, layers: network.layers + [.backdrop(batchMask, axes: [.sample])])
  }

  /// What the loss wants for a sample of a class: the class, or for a binary loss 1 for a positive one and 0 for others.
  public func target(ofClass index: Int) -> Int {
    loss.isBinary ? (positiveClasses.contains(index) ? 1 : 0) : index
  }
}
