import TextureDataset
import TextureStream

/// Applies a trained network to datasets.
///
///     let predictor = try Predictor(try TrainedRun("run"))
///     let evaluation = try await predictor.evaluate(on: SampleSource(DatasetReader("test.h5")))
public actor Predictor {
  /// The run whose network it is.
  public nonisolated let run: TrainedRun
  private let configuration: TrainingConfiguration
  private let thread: DedicatedThread

  /// The predictor's own thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// - Parameters:
  ///   - run: whose network.
  ///   - threads: of oneDNN and the stream; as in the training unless given.
  /// - Throws: ``BackdropError`` with code `.memory` where the predictor's thread cannot be started.
  public init(_ run: TrainedRun, threads: Int? = nil) throws(BackdropError) {
    thread = try DedicatedThread()
    self.run = run
    var configuration = run.record.training
    configuration.threads = threads ?? configuration.threads
    self.configuration = configuration
  }

  /// The outputs for a part's samples, in order.
  ///
  /// - Parameters:
  ///   - source: of textures of the run's size and classes.
  ///   - split: the part, by the run's rule; none for all samples.
  ///   - shouldStop: asked before every batch.
  ///   - report: called with the number of samples done, and of all.
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset`, `.stream`, `.memory`, `.oneDNN`, or `.interrupted`.
  public func scores(
    of source: SampleSource, split: Split? = nil, shouldStop: @Sendable () -> Bool = { false },
    report: @Sendable (_ samples: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws(BackdropError) -> Scores {
    try run.check(source.recipe)
    // The run's batch may be of more than there are.
    let batchSize = min(configuration.batchSize, source.samples.count)
    let stream = try TrainingData.evaluation(
      of: source, split: split, configuration, batchSize: batchSize,
      dividedSamples: run.record.ownSamples(source.recipe))
    let estimate = try estimate(configuration.network, batchSize: batchSize)
    try refuseMuchMemory(
      Double(stream.ringBytes) + estimate.forwardBytes + estimate.scoreBytes(samples: stream.sampleCount),
      for: "a forward pass in batches of \(batchSize)")
    return try await model(configuration.network, batchSize: batchSize).scores(
      of: stream, configuration, shouldContinue: { !shouldStop() }, report: { report($0, stream.sampleCount) })
  }

  /// How well the network does on a part; parameters and errors as ``scores(of:split:shouldStop:report:)``.
  public func evaluate(
    on source: SampleSource, split: Split? = nil, shouldStop: @Sendable () -> Bool = { false },
    report: @Sendable (_ samples: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws(BackdropError) -> Evaluation {
    let scores = try await scores(of: source, split: split, shouldStop: shouldStop, report: report)
    try scores.checkRoomForMeasures()
    return Evaluation(scores, of: run.record, on: source, split: split)
  }

  /// The gradient of the loss of one sample by its pixels: |dL/dx|.
  ///
  /// A mask depends on the sample's place in its batch. The place here is the sample's index modulo the run's batch size,
  /// as in batches of all samples in order; a training shuffles its batches.
  ///
  /// - Parameters:
  ///   - sample: its index in the whole dataset.
  ///   - source: of textures of the run's size and classes.
  ///   - step: of the training, from 0, whose masks are drawn: another draw for each.
  ///   - masks: whether masks and dropout act; without them the gradient is dense.
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset` where there is no such sample, `.stream`, `.memory` or
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
      try estimate(network, batchSize: 1).backwardBytes, for: "the gradient of a texture of \(run.record.size) pixels")
    let model = try model(network, batchSize: 1)
    let place = sample % configuration.batchSize
    model.givenMasks = model.program.drawMasks(
      samples: place..<place + 1, of: configuration.batchSize, seed: configuration.seed, step: step)
    let stream = try TrainingData.evaluation(of: source, split: nil, configuration, from: sample, batchSize: 1)
    var batches = stream.makeAsyncIterator()
    guard let batch = try await batches.nextBatch() else {
      throw BackdropError(.stream, "there is no sample \(sample)")
    }
    let index = Int(batch.labels[0])
    return try batch.withImages { pixels throws(BackdropError) in
      try Footprint(
        sample: sample, class: index, target: configuration.target(ofClass: index), texture: pixels, model, step: step)
    }
  }

  private func estimate(_ network: Network, batchSize: Int) throws(BackdropError) -> MemoryEstimate {
    try MemoryEstimate(network, size: run.record.size, batchSize: batchSize, threads: configuration.threads)
  }

  private func model(_ network: Network, batchSize: Int) throws(BackdropError) -> Model {
    try Model(
      network, size: run.record.size, batchSize: batchSize, weights: run.weights, seed: configuration.seed,
      standardization: run.record.standardization, threads: configuration.threads)
  }
}

extension Network {
  /// The same layers at the same places, where masks block nothing and dropout drops nothing.
  var withoutNoise: Network {
    Network(inputChannels: inputChannels, layers: layers.map { Layer($0.operation.withoutNoise) })
  }
}
