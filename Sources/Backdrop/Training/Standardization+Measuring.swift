import TextureStream

extension Standardization {
  /// Measures the mean and the standard deviation of all pixels of a stream, in double precision.
  ///
  ///     let training = try TextureStream(source, options: .init(split: .train, splitRule: rule))
  ///     let standardization = try await Standardization(measuring: training)
  ///
  /// - Parameters:
  ///   - stream: a stream with a finite number of epochs. One epoch without augmentation measures each stored pixel
  ///     once.
  ///   - isolation: the actor to stay on between batches; the caller's if not given.
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset` if a pixel is not finite, or `.stream`.
  /// - Complexity: reads the whole stream.
  public init(
    measuring stream: TextureStream, isolation: isolated (any Actor)? = #isolation
  ) async throws(BackdropError) {
    self.init(try await PixelStatistics(of: stream))
  }

  /// Measures the pixels of the training samples. The pixels of the validation samples are only checked to be finite.
  ///
  /// - Throws: like ``init(measuring:isolation:)``, or with code `.interrupted` if `shouldContinue` returns false.
  init(
    measuring data: TrainingData, isolation: isolated (any Actor)? = #isolation, shouldContinue: () -> Bool,
    report: (TrainingEvent) -> Void
  ) async throws(BackdropError) {
    var samples = 0
    let all = data.trainingCount + data.validationCount
    func reportBatch(_ batch: TextureBatch) {
      samples += batch.count
      report(.measuring(samples: samples, of: all))
    }
    let pixels = try await PixelStatistics(
      of: data.wholeTrainingPart(), shouldContinue: shouldContinue, report: reportBatch)
    if data.validationCount > 0 {
      _ = try await PixelStatistics(
        of: data.evaluation(of: .validation), name: data.validation == nil ? "" : " of the validation data",
        shouldContinue: shouldContinue, report: reportBatch)
    }
    self.init(pixels)
  }

  /// If all pixels are equal, they are only shifted.
  private init(_ pixels: PixelStatistics) {
    let standardDeviation = Float(pixels.standardDeviation)
    self.init(mean: Float(pixels.mean), standardDeviation: standardDeviation > 0 ? standardDeviation : 1)
  }
}

extension PixelStatistics {
  /// Measures all pixels of a stream.
  ///
  /// - Parameter name: the dataset's name in a message about one of its samples.
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset` if a pixel is not finite, `.stream`, or `.interrupted`.
  fileprivate init(
    of stream: TextureStream, name: String = "", isolation: isolated (any Actor)? = #isolation,
    shouldContinue: () -> Bool = { true }, report: (TextureBatch) -> Void = { _ in }
  ) async throws(BackdropError) {
    self.init()
    var batches = stream.makeAsyncIterator()
    while let batch = try await batches.nextBatch() {
      guard shouldContinue() else {
        throw BackdropError.stoppedBeforeTheFirstStep
      }
      batch.withImages { add($0) }
      guard mean.isFinite, standardDeviation.isFinite else { throw Self.notANumber(in: batch, of: name) }
      report(batch)
    }
  }

  private static func notANumber(in batch: TextureBatch, of name: String) -> BackdropError {
    let pixelCount = batch.shape.pixels
    let first = batch.withImages { $0.firstIndex { !$0.isFinite } } ?? 0
    return BackdropError(
      .unsuitableDataset,
      "sample \(batch.samples[first / pixelCount])\(name) has a pixel that is infinite or not a number; find the"
        + " damage with `gpgen verify`, and mend it with `gpgen repair`")
  }
}

extension BackdropError {
  /// The error of a training that was stopped while it measured pixels.
  static var stoppedBeforeTheFirstStep: BackdropError {
    BackdropError(.interrupted, "stopped before the first step; nothing was saved")
  }
}
