import TextureStream

/// A network's outputs for samples, with the targets.
///
/// Legend: B samples, K outputs.
public struct Scores: Sendable {
  /// Each sample's index in the whole dataset, shape (B).
  public var samples: [Int] = []
  /// Each sample's class, shape (B).
  public var classes: [Int] = []
  /// What the loss wants, shape (B): see ``TrainingConfiguration/target(ofClass:)``.
  public var targets: [Int] = []
  /// The outputs, shape (B, K).
  public var outputs: [Float] = []

  /// B.
  public var count: Int { samples.count }
  /// K; 0 of no samples.
  public var outputCount: Int { count == 0 ? 0 : outputs.count / count }

  /// The outputs of one sample, shape (K), by its place here.
  public subscript(index: Int) -> ArraySlice<Float> {
    outputs[index * outputCount..<(index + 1) * outputCount]
  }

  /// The place of the largest output of one sample, the first where several are; for one output, whether it is above 0.
  public func prediction(_ index: Int) -> Int {
    let row = self[index]
    return row.count > 1 ? predictedClass(row) : (row.first ?? 0) > 0 ? 1 : 0
  }
}

extension Model {
  /// The outputs for all samples of a stream.
  ///
  /// - Parameters:
  ///   - stream: of batches of ``batchSize`` at most.
  ///   - configuration: of the training; it gives the targets.
  ///   - shouldContinue: asked before each batch.
  ///   - report: called with the number of samples done.
  /// - Throws: ``BackdropError`` with code `.stream`, `.memory`, `.oneDNN`, or `.interrupted` where `shouldContinue` said no.
  func scores(
    of stream: TextureStream, _ configuration: TrainingConfiguration, isolation: isolated (any Actor)? = #isolation,
    shouldContinue: () -> Bool = { true }, report: (Int) -> Void = { _ in }
  ) async throws(BackdropError) -> Scores {
    var scores = Scores()
    var batches = stream.makeAsyncIterator()
    while let batch = try await batches.nextBatch() {
      guard shouldContinue() else { throw BackdropError(.interrupted, "stopped") }
      // An array that grows takes up to twice its size beside its old contents.
      try checkRoom(for: 2 * (scores.count + batch.count) * (1 + outputs), of: Int.self)
      scores.samples += batch.samples
      scores.classes += batch.labels.map { Int($0) }
      scores.targets += batch.labels.map { configuration.target(ofClass: Int($0)) }
      scores.outputs += try predict(batch)
      report(scores.count)
    }
    return scores
  }
}

extension Scores {
  /// Checks that there is room for the working memory of measures: sorted outputs, exponentials, gradients.
  ///
  /// - Throws: ``BackdropError`` with code `.memory`.
  func checkRoomForMeasures() throws(BackdropError) {
    try checkRoom(for: 4 * (count + outputs.count), of: Double.self)
  }
}

extension TextureStream.Iterator {
  /// The next batch, with errors in this module's terms.
  mutating func nextBatch(isolation: isolated (any Actor)? = #isolation) async throws(BackdropError) -> TextureBatch? {
    do {
      return try await next(isolation: isolation)
    } catch {
      throw BackdropError(stream: error)
    }
  }
}
