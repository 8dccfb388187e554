import TextureDataset
import TextureStream

/// A dataset divided into a training and a validation part, or used together with separate validation data.
struct TrainingData: Sendable {
  let source: SampleSource
  let configuration: TrainingConfiguration
  /// The continuous labels; nil unless the loss is one of regression.
  let labels: RegressionLabels?
  /// The standardization of ``labels``; empty without them.
  let targetStandardization: [TargetStandardization]
  private let softLabels: SoftLabels?
  /// Each class's choice for each scale; empty for a loss that does not distinguish all classes.
  let choices: [[Int]]
  /// The size of the dataset's textures.
  let textureSize: ImageSize
  /// The number of samples that are trained on: the training part, or the configuration's number of them.
  let trainingCount: Int
  /// The number of samples in the validation part, which are not those of ``validation``.
  let heldOutCount: Int
  /// The data to validate on instead of a part; nil for the part.
  let validation: ValidationData?
  /// The processes that train together; nil for a single process.
  private let group: TrainingGroup?
  private let rule: SplitRule
  private let limit: SampleLimit?

  /// - Parameters:
  ///   - source: the dataset.
  ///   - configuration: how to train.
  ///   - validation: the data to validate on; the configuration then sets nothing aside.
  ///   - softLabels: the soft labels of the dataset's samples, if the configuration has them.
  ///   - group: the processes that train together; nil for a single process.
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset`, `.invalidOptions`, `.invalidNetwork`, `.tooSmall`,
  ///   `.stream`, or `.memory` if the training needs more memory than the process is allowed to use.
  init(
    _ source: SampleSource, _ configuration: TrainingConfiguration, validatedOn validation: SampleSource? = nil,
    softLabels: SoftLabels? = nil, group: TrainingGroup? = nil
  ) throws(BackdropError) {
    self.group = group
    let recipe = source.recipe
    try recipe.refuseSingleClass(for: configuration.loss)
    textureSize = try recipe.trainingSize()
    try configuration.check(classCount: recipe.classCount, size: textureSize)
    self.source = source
    self.configuration = configuration
    self.softLabels = softLabels
    if configuration.loss.isRegression {
      let labels = try RegressionLabels(configuration.targets, of: recipe)
      (self.labels, targetStandardization) = (labels, labels.standardization)
    } else {
      (labels, targetStandardization) = (nil, [])
    }
    self.validation =
      if let validation { try ValidationData(validation, for: source, configuration) } else { nil }
    choices = configuration.loss == .crossEntropy ? recipe.choicesOfClasses : []
    if let softLabels {
      guard configuration.loss == .crossEntropy else {
        throw BackdropError(
          .invalidOptions, "soft labels are for the loss cross-entropy, but the loss is \(configuration.loss.name)")
      }
      try softLabels.check(recipe, samples: source.samples)
    }
    let partCount: Int
    do {
      rule = try configuration.splitRule()
      partCount = try source.count(of: .train, by: rule)
    } catch {
      throw BackdropError(.invalidOptions, error.message, cause: error)
    }
    limit = configuration.trainingLimit(of: source.samples)
    heldOutCount = source.samples.count - partCount
    trainingCount = configuration.trainCount ?? partCount
    guard trainingCount <= partCount else {
      throw BackdropError(
        .invalidOptions,
        "\(counted(trainingCount, "sample")) to train on: the training part has only \(partCount) (\(heldOutCount) of"
          + " \(source.samples.count) are set aside); give at most that many, set fewer aside, or generate more"
          + " samples")
    }
    guard trainingCount >= configuration.batchSize else {
      throw BackdropError(
        .unsuitableDataset,
        "\(counted(trainingCount, "sample")) to train on (\(heldOutCount) of \(source.samples.count) are set aside),"
          + " fewer than a batch of \(configuration.batchSize); use a smaller batch, "
          + (configuration.trainCount == nil ? "set fewer aside, or generate more samples" : "or train on more samples")
      )
    }
    try configuration.check(trainingSamples: trainingCount)
    try group?.check(configuration, trainingCount: trainingCount, validationCount: validationCount)
    try refuseMuchMemory()
  }

  /// Refuses a training that certainly exceeds the process's memory limit.
  private func refuseMuchMemory() throws(BackdropError) {
    let estimate = try MemoryEstimate(
      configuration.trainedNetwork, size: size, batchSize: ownBatchSize, threads: configuration.threads)
    let ring = Double(try training(from: start).ringBytes)
    let scores = estimate.scoreBytes(samples: validationCount > 0 ? validationCount : trainingCount)
    try Backdrop.refuseMuchMemory(
      ring + scores + estimate.trainingBytes(optimizerStates: configuration.optimizer.stateNames.count),
      for: "training with batches of \(configuration.batchSize)")
  }

  /// The number of samples to validate on.
  var validationCount: Int { validation?.source.samples.count ?? heldOutCount }

  /// The source of a part's samples, and which part of it they are; nil for all.
  func origin(of split: Split) -> (source: SampleSource, split: Split?) {
    if split == .validation, let validation { (validation.source, nil) } else { (source, split) }
  }

  /// The continuous labels of a part's samples; nil unless the loss is one of regression.
  func labels(of split: Split) -> RegressionLabels? {
    if split == .validation, let validation { validation.labels } else { labels }
  }

  /// The targets with which the loss compares the outputs for training samples.
  func lossTargets(ofSamples samples: [Int], classes: [Int]) -> Targets {
    if let labels { return .numbers(targetStandardization.standardized(labels.values(ofSamples: samples))) }
    if let softLabels { return .probabilities(softLabels.probabilities(ofSamples: samples)) }
    return .classes(classes.map { configuration.target(ofClass: $0) })
  }

  /// The size of the network's input images: that of the crop, if any.
  var size: ImageSize { textureSize.cropped(to: configuration.augmentation.crop) }

  /// The number of batches in an epoch.
  var batchesPerEpoch: Int { configuration.batchesPerEpoch(of: trainingCount) }

  /// The maximum number of samples of a batch that this process computes. It is at least 2: an evaluation's last batch
  /// may have two samples for a process even if a training batch has one.
  var ownBatchSize: Int {
    guard let group else { return configuration.batchSize }
    return max(2, group.samplesPerProcess(ofBatch: configuration.batchSize))
  }

  /// The process's share of each batch of the training part, shuffled and augmented, epoch after epoch.
  func training(from state: StreamState) throws(BackdropError) -> TextureStream {
    try stream(
      TextureStream.Options(
        batchSize: group?.samplesPerProcess(ofBatch: configuration.batchSize) ?? configuration.batchSize,
        seed: configuration.seed, epochs: configuration.epochs, split: .train, splitRule: rule, limit: limit,
        rank: group?.rank ?? 0, ranks: group?.count ?? 1, augmentation: configuration.augmentation,
        threads: configuration.threads),
      from: state)
  }

  /// One epoch of the training samples, in order and without augmentation.
  func wholeTrainingPart() throws(BackdropError) -> TextureStream {
    try stream(
      TextureStream.Options(
        batchSize: configuration.batchSize, seed: configuration.seed, sequential: true, split: .train,
        splitRule: rule, limit: limit, threads: configuration.threads),
      from: start)
  }

  /// One epoch of a part, in order: the same batches every time. Of the training part, only the samples that are
  /// trained on.
  func evaluation(of split: Split) throws(BackdropError) -> TextureStream { try evaluation(of: split, sharedBy: nil) }

  /// The process's share of each batch of ``evaluation(of:)``. All processes have the same number of batches.
  func sharedEvaluation(of split: Split) throws(BackdropError) -> TextureStream {
    try evaluation(of: split, sharedBy: group)
  }

  private func evaluation(of split: Split, sharedBy group: TrainingGroup?) throws(BackdropError) -> TextureStream {
    let (source, part) = origin(of: split)
    return try Self.evaluation(
      of: source, split: part, configuration, batchSize: group == nil ? nil : ownBatchSize,
      limit: split == .train ? limit : nil, sharedBy: group)
  }

  /// One epoch of a part of any dataset, or of all samples, in order.
  ///
  /// - Parameters:
  ///   - sample: the first sample; the dataset's first if not given.
  ///   - batchSize: the configuration's if not given.
  ///   - dividedSamples: the number of the dataset's first samples that are divided into parts; all if not given.
  ///   - limit: selects some of the part's samples; all if not given.
  ///   - group: the processes that share the batches; nil for a single process.
  static func evaluation(
    of source: SampleSource, split: Split?, _ configuration: TrainingConfiguration, from sample: Int? = nil,
    batchSize: Int? = nil, dividedSamples: Int? = nil, limit: SampleLimit? = nil, sharedBy group: TrainingGroup? = nil
  ) throws(BackdropError) -> TextureStream {
    do {
      return try stream(
        of: source,
        TextureStream.Options(
          batchSize: batchSize ?? configuration.batchSize, seed: configuration.seed, sequential: true, split: split,
          splitRule: configuration.splitRule(samples: dividedSamples), limit: limit,
          rank: group?.rank ?? 0, ranks: group?.count ?? 1,
          augmentation: Augmentation(crop: configuration.augmentation.crop), threads: configuration.threads),
        from: StreamState(
          position: sample.map { $0 - source.samples.lowerBound } ?? 0, seed: configuration.seed,
          datasetHash: source.recipe.datasetHash))
    } catch {
      throw BackdropError(stream: error)
    }
  }

  /// The maximum size of a batch for which the stream has room for three, in bytes.
  private static let maximumBytesOfThree = 16 << 20

  /// A stream with room for only two batches, the current and the next one, if they are large: a third would cost more
  /// memory than the time that it saves is worth.
  private static func stream(
    of source: SampleSource, _ options: TextureStream.Options, from state: StreamState
  ) throws(StreamError) -> TextureStream {
    var options = options
    if options.batchBytes(of: source.recipe.field.shape) > maximumBytesOfThree { options.ringSize = 2 }
    return try TextureStream(source, options: options, from: state)
  }

  /// The state at the beginning of a stream.
  var start: StreamState { StreamState(seed: configuration.seed, datasetHash: source.recipe.datasetHash) }

  private func stream(_ options: TextureStream.Options, from state: StreamState) throws(BackdropError) -> TextureStream
  {
    do {
      return try Self.stream(of: source, options, from: state)
    } catch {
      throw BackdropError(stream: error)
    }
  }
}

extension BackdropError {
  /// Converts an error of a stream to one of this module.
  init(stream error: any Error) {
    let isOption = (error as? StreamError)?.code == .invalidOptions
    self.init(isOption ? .invalidOptions : .stream, "\(error)", cause: error)
  }
}
