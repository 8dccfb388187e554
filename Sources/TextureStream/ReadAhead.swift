import GaussianField

/// Whether batches are read or made before the consumer asks for them.
public enum ReadAhead: Sendable {
  /// Where a batch has at most ``maximumBytes``.
  case automatic
  /// As many batches as the ring has room for.
  case always
  /// A batch is read when it is asked for, and its memory is freed when it is let go: there is at most one batch in memory.
  case never

  /// The largest batch that is read ahead where the stream decides, in bytes: of larger ones a second one in memory costs
  /// more than the time that it saves.
  public static let maximumBytes = 1_000_000_000
}

extension TextureStream.Options {
  /// Whether batches are read ahead.
  ///
  /// - Parameter shape: of the source's textures.
  func readsAhead(_ shape: FieldShape) -> Bool {
    switch readAhead {
    case .automatic: batchBytes(of: shape) <= ReadAhead.maximumBytes
    case .always: true
    case .never: false
    }
  }

  /// The batches that there is room for.
  func slots(of shape: FieldShape) -> Int { readsAhead(shape) ? ringSize : 1 }

  /// How many textures are fetched at a time. Without reading ahead there are no more than in a batch.
  func workers(of shape: FieldShape) -> Int { readsAhead(shape) ? threads : min(threads, batchSize) }

  /// Threads that fetch one texture together.
  func threadsPerWorker(of shape: FieldShape) -> Int { max(1, threads / workers(of: shape)) }

  /// The bytes of a batch; beyond all memory where the number overflows.
  package func batchBytes(of shape: FieldShape) -> Int {
    Self.product([MemoryLayout<Float>.stride, batchSize] + augmentation.shape(of: shape).extents)
  }

  /// The bytes of all batches that there is room for; beyond all memory where the number overflows.
  func ringBytes(of shape: FieldShape) -> Int { Self.product([batchBytes(of: shape), slots(of: shape)]) }

  private static func product(_ factors: [Int]) -> Int {
    factors.reduce(1) { product, factor in
      let (next, overflows) = product.multipliedReportingOverflow(by: factor)
      return overflows ? .max : next
    }
  }
}
