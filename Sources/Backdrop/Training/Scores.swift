import TextureStream

/// A network's outputs for samples, with the targets.
///
/// Legend: B samples, K outputs.
public struct Scores: Sendable {
  /// Each sample's index in the whole dataset, shape (B).
  public var samples: [Int] = []
  /// Each sample's class, shape (B).
  public var classes: [Int] = []
  /// The targets of the loss, shape (B): see ``TrainingConfiguration/target(ofClass:)``. Empty for a regression.
  public var targets: [Int] = []
  /// The outputs, shape (B, K); for a regression, standardized by the run's ``RunRecord/targetStandardization``.
  public var outputs: [Float] = []
  /// The continuous labels of a regression in their own units, shape (B, K); empty otherwise.
  public var labels: [Double] = []

  /// B.
  public var count: Int { samples.count }
  /// K; 0 without samples.
  public var outputCount: Int { count == 0 ? 0 : outputs.count / count }

  /// Whether the outputs predict continuous labels.
  public var isRegression: Bool { !labels.isEmpty }

  /// The outputs of one sample, shape (K), by its index in these scores.
  public subscript(index: Int) -> ArraySlice<Float> {
    outputs[index * outputCount..<(index + 1) * outputCount]
  }

  /// The predicted class of one sample: the index of its maximum output, the first in case of a tie. With a single
  /// output, 1 if it is above 0, otherwise 0.
  public func prediction(_ index: Int) -> Int {
    let row = self[index]
    return row.count > 1 ? predictedClass(row) : (row.first ?? 0) > 0 ? 1 : 0
  }
}

extension Model {
  /// Computes the outputs for all samples of a stream.
  ///
  /// - Parameters:
  ///   - stream: batches of at most ``batchSize`` samples.
  ///   - configuration: the training's configuration, which determines the targets.
  ///   - labels: the continuous labels of the samples; nil unless the loss is one of regression.
  ///   - group: the processes that share the stream's batches, each of which gets all scores; nil for a single process.
  ///   - shouldContinue: called before each batch; false stops the computation.
  ///   - report: called with the number of samples done.
  /// - Throws: ``BackdropError`` with code `.stream`, `.memory`, `.oneDNN`, or `.interrupted` if `shouldContinue`
  ///   returned false.
  func scores(
    of stream: TextureStream, _ configuration: TrainingConfiguration, labels: RegressionLabels? = nil,
    sharedBy group: TrainingGroup? = nil, isolation: isolated (any Actor)? = #isolation,
    shouldContinue: () throws(BackdropError) -> Bool = { true }, report: (Int) -> Void = { _ in }
  ) async throws(BackdropError) -> Scores {
    var scores = Scores()
    var batches = stream.makeAsyncIterator()
    while let batch = try await batches.nextBatch() {
      guard try shouldContinue() else { throw BackdropError(.interrupted, "stopped") }
      // A growing array temporarily needs up to twice its new size in addition to its old storage.
      let all = (group?.count ?? 1) * batchSize
      try checkRoom(for: 2 * (scores.count + all) * (1 + outputs), of: Int.self)
      let own = (samples: batch.samples, labels: batch.labels.map { Int($0) }, outputs: try predict(batch))
      let part = try group?.gather(samples: own.samples, labels: own.labels, outputs: own.outputs) ?? own
      scores.samples += part.samples
      scores.classes += part.labels
      if let labels {
        scores.labels += labels.values(ofSamples: part.samples)
      } else {
        scores.targets += part.labels.map { configuration.target(ofClass: $0) }
      }
      scores.outputs += part.outputs
      report(scores.count)
    }
    return scores
  }
}

extension Scores {
  /// Checks that there is memory for computing metrics: for sorted outputs, exponentials and gradients.
  ///
  /// - Throws: ``BackdropError`` with code `.memory`.
  func checkRoomForMeasures() throws(BackdropError) {
    try checkRoom(for: 4 * (count + outputs.count), of: Double.self)
  }
}

extension TextureStream.Iterator {
  /// The next batch, with errors converted to ``BackdropError``.
  mutating func nextBatch(isolation: isolated (any Actor)? = #isolation) async throws(BackdropError) -> TextureBatch? {
    do {
      return try await next(isolation: isolation)
    } catch {
      throw BackdropError(stream: error)
    }
  }
}
