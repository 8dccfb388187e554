import GaussianField

/// A batch of textures in memory that goes back to the stream's ring when the batch is let go.
///
/// Legend: B textures in the batch, N the extents of a texture in the order of its axes: (x), (y, x) or (z, y, x).
public final class TextureBatch: Sendable {
  /// The epoch, from 0.
  public let epoch: Int
  /// Each texture's index in the whole dataset, shape (B); fewer than the stream's batch size at an epoch's end.
  public let samples: [Int]
  /// Each texture's class, shape (B).
  public let labels: [Int64]
  /// N: that of the dataset's textures, or of windows cropped from them.
  public let shape: FieldShape
  /// From where the stream would go on after this batch.
  public let stateAfter: StreamState

  nonisolated(unsafe) private let pixels: UnsafeMutablePointer<Float>
  private let release: @Sendable () -> Void

  init(
    epoch: Int, samples: [Int], labels: [Int64], shape: FieldShape, stateAfter: StreamState,
    pixels: UnsafeMutablePointer<Float>, release: @escaping @Sendable () -> Void
  ) {
    self.epoch = epoch
    self.samples = samples
    self.labels = labels
    self.shape = shape
    self.stateAfter = stateAfter
    self.pixels = pixels
    self.release = release
  }

  deinit { release() }

  /// B.
  public var count: Int { samples.count }

  /// The textures, shape (B, 1, N), aligned to 4096 bytes; valid while `body` runs.
  public func withImages<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // The ring gets the memory back in `deinit`, and `self` lives through this call.
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeBufferPointer(start: pixels, count: count * shape.pixels))
  }
}
