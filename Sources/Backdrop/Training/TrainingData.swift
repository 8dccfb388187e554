import TextureDataset
import TextureStream

/// A dataset divided into a training and a validation part, or with other data for the validation.
struct TrainingData: Sendable {
  let source: SampleSource
  let configuration: TrainingConfiguration
  /// The continuous labels; nil unless the loss is one of regression.
  let labels: RegressionLabels?
  /// What ``labels`` are standardized by; empty without them.
  let targetStandardization: [TargetStandardization]
  private let softLabels: SoftLabels?
  /// Of each class the choices, one for each scale; empty for a loss that does not tell all classes apart.
  let choices: [[Int]]
  /// The size of the dataset's textures.
  let textureSize: ImageSize
  /// The number of samples that are trained on: those of the training part, or the configuration's choice of them.
  let trainingCount: Int
  /// The number of samples in the validation part, which ``validation`` has none of.
  let heldOutCount: Int
  /// The data to validate on in place of a part; nil for the part.
  let validation: ValidationData?
  /// The processes that train together; nil for one.
  private let group: TrainingGroup?
  private let rule: SplitRule
  private let limit: SampleLimit?

  /// - Parameters:
  ///   - source: the dataset.
  ///   - configuration: how to train.
  ///   - validation: data to validate on, with which the configuration sets nothing aside.
  ///   - softLabels: of the dataset's samples, if the configuration has them.
  ///   - group: the processes that train together; nil for one.
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
          .invalidOptions, "soft labels are for the loss cross-entropy, and the loss is \(configuration.loss.name)")
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
        "\(counted(trainingCount, "sample")) to train on: the training part has \(partCount) (\(heldOutCount) of "
          + "\(source.samples.count) are set aside); give at most that many, set less aside, or make more samples")
    }
    guard trainingCount >= configuration.batchSize else {
      throw BackdropError(
        .unsuitableDataset,
        "\(trainingCount) samples to train on (\(heldOutCount) of \(source.samples.count) are set aside), fewer than a "
          + "batch of \(configuration.batchSize); take a smaller batch, "
          + (configuration.trainCount == nil ? "set less aside, or make more samples" : "or train on more samples"))
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

  /// Where the samples of a part come from, and which part of them they are; nil for all.
  func origin(of split: Split) -> (source: SampleSource, split: Split?) {
    if split == .validation, let validation { (validation.source, nil) } else { (source, split) }
  }

  /// The continuous labels of a part's samples; nil unless the loss is one of regression.
  func labels(of split: Split) -> RegressionLabels? {
    if split == .validation, let validation { validation.labels } else { labels }
  }

  /// What the loss compares the outputs for samples of the training part with.
  func lossTargets(ofSamples samples: [Int], classes: [Int]) -> Targets {
    if let labels { return .numbers(targetStandardization.standardized(labels.values(ofSamples: samples))) }
    if let softLabels { return .probabilities(softLabels.probabilities(ofSamples: samples)) }
    return .classes(classes.map { configuration.target(ofClass: $0) })
  }

  /// The size of the network's input images: that of the crop, if there is one.
  var size: ImageSize { textureSize.cropped(to: configuration.augmentation.crop) }

  /// The number of batches in an epoch.
  var batchesPerEpoch: Int { configuration.batchesPerEpoch(of: trainingCount) }

  /// The most samples of a batch that this process computes. A part that is evaluated may leave two samples for each process
  /// where a training's batch has one.
  var ownBatchSize: Int {
    guard let group else { return configuration.batchSize }
    return max(2, group.samplesPerProcess(ofBatch: configuration.batchSize))
  }

  /// The training part, shuffled and augmented, epoch after epoch: of each batch the process's share.
  func training(from state: StreamState) throws(BackdropError) -> TextureStream {
    try stream(
      TextureStream.Options(
        batchSize: group?.samplesPerProcess(ofBatch: configuration.batchSize) ?? configuration.batchSize,
        seed: configuration.seed, epochs: configuration.epochs, split: .train, splitRule: rule, limit: limit,
        rank: group?.rank ?? 0, ranks: group?.count ?? 1, augmentation: configuration.augmentation,
        threads: configuration.threads),
      from: state)
  }

  /// The samples that are trained on once, in order and without augmentation.
  func wholeTrainingPart() throws(BackdropError) -> TextureStream {
    try stream(
      TextureStream.Options(
        batchSize: configuration.batchSize, seed: configuration.seed, sequential: true, split: .train,
        splitRule: rule, limit: limit, threads: configuration.threads),
      from: start)
  }

  /// A part once and in order: the same batches every time. Of the training part, the samples that are trained on.
  func evaluation(of split: Split) throws(BackdropError) -> TextureStream { try evaluation(of: split, sharedBy: nil) }

  /// As ``evaluation(of:)``: of each batch the process's share. Each process has as many batches as the others.
  func sharedEvaluation(of split: Split) throws(BackdropError) -> TextureStream {
    try evaluation(of: split, sharedBy: group)
  }

  private func evaluation(of split: Split, sharedBy group: TrainingGroup?) throws(BackdropError) -> TextureStream {
    let (source, part) = origin(of: split)
    return try Self.evaluation(
      of: source, split: part, configuration, batchSize: group == nil ? nil : ownBatchSize,
      limit: split == .train ? limit : nil, sharedBy: group)
  }

  /// A part of any dataset, or all samples, once and in order.
  ///
  /// - Parameters:
  ///   - sample: the first sample; the dataset's first if not given.
  ///   - batchSize: the configuration's if not given.
  ///   - dividedSamples: how many of the dataset's first samples are divided into parts; all if not given.
  ///   - limit: chooses some of the part's samples; all if not given.
  ///   - group: the processes that share the batches; nil for one.
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

  /// The largest batch of which there is room for three, in bytes.
  private static let maximumBytesOfThree = 16 << 20

  /// A stream with room for two large batches, the current and the next one: a third would cost more memory than the time it
  /// saves.
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
