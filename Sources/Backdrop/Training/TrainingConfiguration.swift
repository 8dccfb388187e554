import TextureStream

/// How a network is trained. Together with a dataset, it determines the result.
public struct TrainingConfiguration: Codable, Equatable, Sendable {
  /// The layers.
  public var network: Network
  /// The loss to minimise.
  public var loss: Loss
  /// The classes that a binary loss treats as positive, against all others; empty for other losses.
  public var positiveClasses: [Int]
  /// The continuous labels that the mean squared error compares the outputs with, one for each output; empty for other
  /// losses.
  public var targets: [RegressionTarget]
  /// The file of the probabilities that cross-entropy compares the outputs with; nil for the classes themselves. Set by
  /// ``Trainer``.
  public internal(set) var softLabels: SoftLabels.File?
  /// The probability that a sample's gradient is blocked at the loss, which itself sees all samples; nil for no mask.
  public var batchMask: Double?
  /// How weights are updated from gradients.
  public var optimizer: UpdateRule
  /// The learning rate before ``schedule`` changes it.
  public var learningRate: Double
  /// The coefficient of weight decay, as PyTorch's `weight_decay`: added to the gradient or, with AdamW, decoupled.
  public var weightDecay: Double
  /// The maximum Euclidean norm of the gradient over all parameters; nil for no limit.
  public var clip: Double?
  /// The learning rate over the epochs.
  public var schedule: Schedule
  /// The number of textures in a batch; the last batch of an epoch may be smaller.
  public var batchSize: Int
  /// The number of passes through the training part.
  public var epochs: Int
  /// The seed of the order, the augmentation, the masks, dropout and the initial weights; at most 2^53 - 1.
  public var seed: UInt64
  /// The fraction of each class that is set aside for validation, at least 0 and less than 1.
  public var validationFraction: Double
  /// The seed of the split into parts; at most 2^53 - 1.
  public var splitSeed: UInt64
  /// How samples are assigned to the parts. A resumed run keeps its version.
  public var splitVersion: SplitVersion {
    get { storedSplitVersion ?? .circle }
    set { storedSplitVersion = newValue }
  }
  /// The number of samples of the training part to train on, balanced over the classes: the first ones of each class in
  /// that part; nil for all. A larger number includes the samples of a smaller one.
  public var trainCount: Int?
  /// The version as stored: nil in files that predate versions.
  private var storedSplitVersion: SplitVersion?
  /// Random changes to the textures of the training part. A crop also applies to all other parts, where its window is
  /// fixed.
  public var augmentation: Augmentation
  /// The number of threads of oneDNN and of the stream. Results depend on it only by rounding.
  public var threads: Int
  /// Memory for activations kept for the backward pass, in MiB. Less memory costs recomputation. Results depend on it
  /// only by rounding.
  public var activationMemoryMiB: Int
  /// Which parts of the gradient are computed, according to the network's layers.
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

  /// Defaults are those of the reference training: ``TrainingDefaults``.
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

  /// - Throws: if a key is missing or its value is invalid. Files of version 1 have no activation memory.
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

  /// Encodes an object. It includes ``method``, for readers of the file.
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

  /// The same training with the split version of another, in order to resume it.
  func keepingSplitVersion(of other: TrainingConfiguration) -> TrainingConfiguration {
    var configuration = self
    configuration.storedSplitVersion = other.storedSplitVersion
    return configuration
  }

  /// The rule that splits a dataset into the training and the validation part.
  ///
  /// - Parameter samples: the number of samples to split; nil for all of the dataset.
  /// - Throws: ``StreamError`` with code `.invalidOptions`.
  func splitRule(samples: Int? = nil) throws(StreamError) -> SplitRule {
    try SplitRule(
      .fractions(validation: validationFraction, test: 0), seed: splitSeed, version: splitVersion, samples: samples)
  }

  /// Which samples of the training part are trained on; nil for all of them.
  ///
  /// - Parameter samples: the samples available for training, as indices in the whole dataset.
  func trainingLimit(of samples: Range<Int>) -> SampleLimit? { trainCount.map { SampleLimit($0, of: samples) } }

  /// The network with the batch mask after its last layer.
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
