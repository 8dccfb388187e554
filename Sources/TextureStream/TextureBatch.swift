import GaussianField

/// A batch of textures, whose memory returns to the stream's ring when the batch is released.
///
/// Legend: B textures in the batch, N the extents of a texture in the order of its axes: (x), (y, x) or (z, y, x).
public final class TextureBatch: Sendable {
  /// The epoch, from 0.
  public let epoch: Int
  /// Each texture's index in the whole dataset, shape (B); fewer than the stream's batch size at the end of an epoch.
  public let samples: [Int]
  /// Each texture's class, shape (B).
  public let labels: [Int64]
  /// The extents N of the dataset's textures, or of windows cropped from them.
  public let shape: FieldShape
  /// The state from which a stream resumes after this batch.
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

  /// The number of textures, B.
  public var count: Int { samples.count }

  /// The textures, shape (B, 1, N), aligned to 4096 bytes; valid while `body` runs.
  public func withImages<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // `deinit` returns the memory to the ring, so `self` must outlive the call.
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeBufferPointer(start: pixels, count: count * shape.pixels))
  }
}
