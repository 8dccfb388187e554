import TextureStream

/// How a network is trained; with a dataset, all that decides the result.
public struct TrainingConfiguration: Codable, Equatable, Sendable {
  /// The layers.
  public var network: Network
  /// The loss to minimise.
  public var loss: Loss
  /// The classes that a binary loss takes for positive, against all others; empty for cross-entropy.
  public var positiveClasses: [Int]
  /// The continuous labels that the mean squared error compares the outputs with, one for each output; empty for other losses.
  public var targets: [RegressionTarget]
  /// The file of the probabilities that cross-entropy compares the outputs with; nil for the classes themselves. A ``Trainer``
  /// sets it.
  public internal(set) var softLabels: SoftLabels.File?
  /// The probability that a sample's gradient is blocked at the loss, which itself sees all samples; none for no mask.
  public var batchMask: Double?
  /// How weights are updated from gradients.
  public var optimizer: UpdateRule
  /// The learning rate before ``schedule`` changes it.
  public var learningRate: Double
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
  /// How many samples of the training part to train on, balanced over the classes: the first ones of each class in that part.
  /// None for all of them. The samples of a smaller number are among those of a larger one.
  public var trainCount: Int?
  /// As files have it: none in those from before there were versions.
  private var storedSplitVersion: SplitVersion?
  /// Random changes to the textures of the training part. A crop is one to all others too: there its window is the same
  /// every time.
  public var augmentation: Augmentation
  /// Threads of oneDNN, and of the stream. Results depend on their number by rounding.
  public var threads: Int
  /// Memory for activations kept for the backward pass, in MiB; less memory costs some recomputation. The result does
  /// not depend on it beyond rounding.
  public var activationMemoryMiB: Int
  /// Which parts of the gradient are computed: as the network's layers say.
  public var method: GradientMethod { network.gradientMethod }

  /// ``activationMemoryMiB`` in bytes.
  public var activationMemory: Int { activationMemoryMiB << 20 }

  private enum CodingKeys: String, CodingKey {
    case network, loss, optimizer, clip, schedule, epochs, seed, augmentation, threads, method, targets
    case positiveClasses = "positive_classes"
    case softLabels = "soft_labels"
    case batchMask = "batch_mask"
    case learningRate = "learning_rate"
    case weightDecay = "weight_decay"
    case batchSize = "batch_size"
    case validationFraction = "validation_fraction"
    case splitSeed = "split_seed"
    case storedSplitVersion = "split_version"
    case trainCount = "train_count"
    case activationMemoryMiB = "activation_memory_mib"
  }

  /// The reference training of a network, unless said otherwise: ``TrainingDefaults``.
  public init(
    network: Network, loss: Loss = .crossEntropy, positiveClasses: [Int] = [],
    targets: [RegressionTarget] = [], batchMask: Double? = nil,
    optimizer: UpdateRule = TrainingDefaults.optimizer, learningRate: Double = TrainingDefaults.learningRate,
    weightDecay: Double = TrainingDefaults.weightDecay,
    clip: Double? = nil, schedule: Schedule = TrainingDefaults.schedule,
    batchSize: Int = TrainingDefaults.batchSize, epochs: Int = TrainingDefaults.epochs, seed: UInt64 = 0,
    validationFraction: Double = TrainingDefaults.validationFraction, splitSeed: UInt64 = 0,
    splitVersion: SplitVersion = .exact, trainCount: Int? = nil,
    augmentation: Augmentation = TrainingDefaults.augmentation, threads: Int = 2,
    activationMemoryMiB: Int = TrainingDefaults.activationMemoryMiB
  ) {
    self.network = network
    self.loss = loss
    self.positiveClasses = positiveClasses
    self.targets = targets
    self.batchMask = batchMask
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.clip = clip
    self.schedule = schedule
    self.batchSize = batchSize
    self.epochs = epochs
    self.seed = seed
    self.validationFraction = validationFraction
    self.splitSeed = splitSeed
    storedSplitVersion = splitVersion
    self.trainCount = trainCount
    self.augmentation = augmentation
    self.threads = threads
    self.activationMemoryMiB = activationMemoryMiB
  }

  /// - Throws: where a key is missing or its value cannot be; files of version 1 have no activation memory.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    network = try values.decode(Network.self, forKey: .network)
    loss = try values.decode(Loss.self, forKey: .loss)
    positiveClasses = try values.decode([Int].self, forKey: .positiveClasses)
    targets = try values.decodeIfPresent([RegressionTarget].self, forKey: .targets) ?? []
    softLabels = try values.decodeIfPresent(SoftLabels.File.self, forKey: .softLabels)
    batchMask = try values.decodeIfPresent(Double.self, forKey: .batchMask)
    optimizer = try values.decode(UpdateRule.self, forKey: .optimizer)
    learningRate = try values.decode(Double.self, forKey: .learningRate)
    weightDecay = try values.decode(Double.self, forKey: .weightDecay)
    clip = try values.decodeIfPresent(Double.self, forKey: .clip)
    schedule = try values.decode(Schedule.self, forKey: .schedule)
    batchSize = try values.decode(Int.self, forKey: .batchSize)
    epochs = try values.decode(Int.self, forKey: .epochs)
    seed = try values.decode(UInt64.self, forKey: .seed)
    validationFraction = try values.decode(Double.self, forKey: .validationFraction)
    splitSeed = try values.decode(UInt64.self, forKey: .splitSeed)
    storedSplitVersion = try values.decodeIfPresent(SplitVersion.self, forKey: .storedSplitVersion)
    trainCount = try values.decodeIfPresent(Int.self, forKey: .trainCount)
    augmentation = try values.decode(Augmentation.self, forKey: .augmentation)
    threads = try values.decode(Int.self, forKey: .threads)
    activationMemoryMiB =
      try values.decodeIfPresent(Int.self, forKey: .activationMemoryMiB) ?? TrainingDefaults.activationMemoryMiB
    if let stored = try values.decodeIfPresent(GradientMethod.self, forKey: .method), stored != network.gradientMethod {
      throw DecodingError.dataCorruptedError(
        forKey: .method, in: values,
        debugDescription: "\(stored.rawValue), but the network's layers are those of \(network.gradientMethod.rawValue)"
      )
    }
  }

  /// With the network's ``method``, for readers.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(network, forKey: .network)
    try values.encode(loss, forKey: .loss)
    try values.encode(positiveClasses, forKey: .positiveClasses)
    if !targets.isEmpty { try values.encode(targets, forKey: .targets) }
    try values.encodeIfPresent(softLabels, forKey: .softLabels)
    try values.encodeIfPresent(batchMask, forKey: .batchMask)
    try values.encode(optimizer, forKey: .optimizer)
    try values.encode(learningRate, forKey: .learningRate)
    try values.encode(weightDecay, forKey: .weightDecay)
    try values.encodeIfPresent(clip, forKey: .clip)
    try values.encode(schedule, forKey: .schedule)
    try values.encode(batchSize, forKey: .batchSize)
    try values.encode(epochs, forKey: .epochs)
    try values.encode(seed, forKey: .seed)
    try values.encode(validationFraction, forKey: .validationFraction)
    try values.encode(splitSeed, forKey: .splitSeed)
    try values.encodeIfPresent(storedSplitVersion, forKey: .storedSplitVersion)
    try values.encodeIfPresent(trainCount, forKey: .trainCount)
    try values.encode(augmentation, forKey: .augmentation)
    try values.encode(threads, forKey: .threads)
    try values.encode(activationMemoryMiB, forKey: .activationMemoryMiB)
    try values.encode(method, forKey: .method)
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

  /// Which samples of the training part are trained on; nil for all of them.
  ///
  /// - Parameter samples: those that the training has, as indices in the whole dataset.
  func trainingLimit(of samples: Range<Int>) -> SampleLimit? { trainCount.map { SampleLimit($0, of: samples) } }

  /// The network with the batch mask behind its last layer.
  var trainedNetwork: Network {
    guard let batchMask else { return network }
    return Network(
      inputChannels: network.inputChannels, layers: network.layers + [.backdrop(batchMask, axes: [.sample])])
  }

  /// The number of outputs that the loss needs.
  ///
  /// - Parameter classCount: the number of classes of the dataset.
  public func outputCount(classCount: Int) -> Int {
    loss.isBinary ? 1 : loss.isRegression ? targets.count : classCount
  }

  /// The target of the loss for a sample of a class: the class, or with a binary loss 1 for a positive class and 0 for
  /// others.
  public func target(ofClass index: Int) -> Int {
    loss.isBinary ? (positiveClasses.contains(index) ? 1 : 0) : index
  }
}
