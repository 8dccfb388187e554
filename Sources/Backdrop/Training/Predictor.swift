import TextureDataset
import TextureStream

/// Applies a trained network to datasets.
///
///     let predictor = try Predictor(try TrainedRun("run"))
///     let evaluation = try await predictor.evaluate(on: SampleSource(DatasetReader("test.h5")))
public actor Predictor {
  /// The run whose network is applied.
  public nonisolated let run: TrainedRun
  private let configuration: TrainingConfiguration
  /// The size of the images that the network sees.
  private let size: ImageSize
  private let thread: DedicatedThread

  /// The predictor's own thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// - Parameters:
  ///   - run: the run whose network to apply.
  ///   - threads: the number of threads of oneDNN and of the stream; that of the training if not given.
  ///   - onWholeTextures: whether a network that was trained on crops is applied to whole textures.
  /// - Throws: ``BackdropError`` with code `.memory` if the predictor's thread cannot be started; with code
  ///   `.invalidNetwork` if the network would need other weights for whole textures.
  public init(_ run: TrainedRun, threads: Int? = nil, onWholeTextures: Bool = false) throws(BackdropError) {
    thread = try DedicatedThread()
    self.run = run
    var configuration = run.record.training
    configuration.threads = threads ?? configuration.threads
    if onWholeTextures { configuration.augmentation.crop = nil }
    self.configuration = configuration
    size = run.record.dataset.size.cropped(to: configuration.augmentation.crop)
    guard try configuration.network.parameterLayout(of: size).count == run.weights.count else {
      throw BackdropError(
        .invalidNetwork,
        "\(run.path): was trained on crops of \(run.record.size) pixels, and its network needs other weights for whole"
          + " textures of \(size); a network with a global average before the last layer fits both")
    }
  }

  /// Computes the outputs for all samples of a part, in order.
  ///
  /// - Parameters:
  ///   - source: a dataset with the run's texture size and classes.
  ///   - split: the part, according to the run's split rule; nil for all samples. The training part of the run's own
  ///     dataset consists of the samples that were trained on.
  ///   - shouldStop: called before each batch; true stops the computation.
  ///   - report: called with the number of samples done and the total number.
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset`, `.stream`, `.memory`, `.oneDNN`, or `.interrupted`.
  public func scores(
    of source: SampleSource, split: Split? = nil, shouldStop: @Sendable () -> Bool = { false },
    report: @Sendable (_ samples: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws(BackdropError) -> Scores {
    try run.check(source.recipe)
    // The dataset may have fewer samples than the run's batch.
    let batchSize = min(configuration.batchSize, source.samples.count)
    let stream = try stream(of: source, split: split, batchSize: batchSize)
    let estimate = try estimate(configuration.network, batchSize: batchSize)
    try refuseMuchMemory(
      Double(stream.ringBytes) + estimate.forwardBytes + estimate.scoreBytes(samples: stream.sampleCount),
      for: "a forward pass in batches of \(batchSize)")
    return try await model(configuration.network, batchSize: batchSize).scores(
      of: stream, configuration, labels: try labels(of: source.recipe), shouldContinue: { !shouldStop() },
      report: { report($0, stream.sampleCount) })
  }

  /// Evaluates the network on a part. Errors are those of ``scores(of:split:shouldStop:report:)``.
  ///
  /// - Parameters:
  ///   - source: a dataset with the run's texture size and classes.
  ///   - split: the part, according to the run's split rule; nil for all samples.
  ///   - request: when to compute the results of the best possible method on the samples.
  ///   - shouldStop: called before each batch; true stops the evaluation.
  ///   - report: called with the number of samples done and the total number.
  public func evaluate(
    on source: SampleSource, split: Split? = nil, ceiling request: Ceiling.Request = .never,
    shouldStop: @Sendable () -> Bool = { false },
    report: @Sendable (_ samples: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws(BackdropError) -> Evaluation {
    let scores = try await scores(of: source, split: split, shouldStop: shouldStop, report: report)
    try scores.checkRoomForMeasures()
    let stream = try stream(
      of: source, split: split, batchSize: min(configuration.batchSize, source.samples.count))
    let ceiling = try await Ceiling.of(
      stream, configuration, request, shouldContinue: { !shouldStop() }, report: { report($0, stream.sampleCount) })
    return Evaluation(scores, of: run.record, on: source, split: split, ceiling: ceiling)
  }

  /// Computes |dL/dx|, the magnitude of the gradient of one sample's loss with respect to its pixels.
  ///
  /// Masks depend on the sample's position in its batch. Here the position is the sample's index modulo the run's batch
  /// size, as in batches of all samples in order. In training the positions differ, because samples are shuffled.
  ///
  /// - Parameters:
  ///   - sample: the sample's index in the whole dataset.
  ///   - source: a dataset with the run's texture size and classes.
  ///   - step: the training step, from 0, whose masks to draw.
  ///   - masks: whether to apply masks and dropout; without them the gradient is dense.
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset` if there is no such sample, `.stream`, `.memory` or
  ///   `.oneDNN`.
  public func footprint(
    of sample: Int, in source: SampleSource, step: Int = 0, masks: Bool = true
  ) async throws(BackdropError) -> Footprint {
    try run.check(source.recipe)
    guard source.samples.contains(sample) else {
      throw BackdropError(
        .unsuitableDataset,
        "there is no sample \(sample); expected \(source.samples.lowerBound) to \(source.samples.upperBound - 1)")
    }
    let network = masks ? configuration.trainedNetwork : configuration.trainedNetwork.withoutNoise
    try refuseMuchMemory(
      try estimate(network, batchSize: 1).backwardBytes, for: "the gradient of a texture of \(size) pixels")
    let model = try model(network, batchSize: 1)
    let place = sample % configuration.batchSize
    model.maskOverrides = model.program.drawMasks(
      samples: place..<place + 1, of: configuration.batchSize, seed: configuration.seed, step: step)
    let stream = try TrainingData.evaluation(of: source, split: nil, configuration, from: sample, batchSize: 1)
    var batches = stream.makeAsyncIterator()
    guard let batch = try await batches.nextBatch() else {
      throw BackdropError(.stream, "there is no sample \(sample)")
    }
    let index = Int(batch.labels[0])
    let targets = try labels(of: source.recipe).map {
      Targets.numbers((run.record.targetStandardization ?? []).standardized($0.values(ofSamples: batch.samples)))
    }
    return try batch.withImages { pixels throws(BackdropError) in
      try Footprint(
        sample: sample, class: index, texture: pixels, model, step: step
      ) { outputs in
        if let targets {
          return configuration.loss.evaluate(outputs: outputs, outputCount: outputs.count, targets: targets)
        }
        return Footprint.crossEntropy(outputs, target: configuration.target(ofClass: index))
      }
    }
  }

  /// The samples of a part, or all samples, in order.
  private func stream(
    of source: SampleSource, split: Split?, batchSize: Int
  ) throws(BackdropError) -> TextureStream {
    try TrainingData.evaluation(
      of: source, split: split, configuration, batchSize: batchSize,
      dividedSamples: run.record.ownSamples(source.recipe), limit: run.record.limit(of: split, in: source.recipe))
  }

  /// The continuous labels of a dataset's samples, if the run is a regression.
  private func labels(of recipe: Recipe) throws(BackdropError) -> RegressionLabels? {
    configuration.loss.isRegression
      ? try RegressionLabels(configuration.targets, of: recipe, allowingConstants: true) : nil
  }

  private func estimate(_ network: Network, batchSize: Int) throws(BackdropError) -> MemoryEstimate {
    try MemoryEstimate(network, size: size, batchSize: batchSize, threads: configuration.threads)
  }

  private func model(_ network: Network, batchSize: Int) throws(BackdropError) -> Model {
    try Model(
      network, size: size, batchSize: batchSize, weights: run.weights, seed: configuration.seed,
      standardization: run.record.standardization, threads: configuration.threads)
  }
}

extension Network {
  /// The same layers in the same places, except that masks block nothing and dropout drops nothing.
  var withoutNoise: Network {
    Network(inputChannels: inputChannels, layers: layers.map { Layer($0.operation.withoutNoise) })
  }
}
