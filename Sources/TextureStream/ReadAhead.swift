import GaussianField

/// Whether batches are read or generated before the consumer requests them.
public enum ReadAhead: Sendable {
  /// Read ahead if a batch has at most ``maximumBytes``.
  case automatic
  /// Read ahead as many batches as the ring has slots.
  case always
  /// Read a batch when it is requested, and free its memory when it is released; at most one batch is in memory.
  case never

  /// The maximum size of a batch for ``automatic`` read-ahead, in bytes. A second larger batch in memory costs more
  /// than the time that it saves.
  public static let maximumBytes = 1_000_000_000
}

extension TextureStream.Options {
  /// Whether batches are read ahead.
  ///
  /// - Parameter shape: the shape of the source's textures.
  func readsAhead(_ shape: FieldShape) -> Bool {
    switch readAhead {
    case .automatic: batchBytes(of: shape) <= ReadAhead.maximumBytes
    case .always: true
    case .never: false
    }
  }

  /// The number of slots in the ring.
  func slots(of shape: FieldShape) -> Int { readsAhead(shape) ? ringSize : 1 }

  /// The number of textures fetched at a time; without read-ahead, at most those of one batch.
  func workers(of shape: FieldShape) -> Int { readsAhead(shape) ? threads : min(threads, batchSize) }

  /// The number of threads that fetch one texture together.
  func threadsPerWorker(of shape: FieldShape) -> Int { max(1, threads / workers(of: shape)) }

  /// The size of a batch, in bytes; `Int.max` on overflow.
  package func batchBytes(of shape: FieldShape) -> Int {
    Self.product([MemoryLayout<Float>.stride, batchSize] + augmentation.shape(of: shape).extents)
  }

  /// The size of all slots, in bytes; `Int.max` on overflow.
  func ringBytes(of shape: FieldShape) -> Int { Self.product([batchBytes(of: shape), slots(of: shape)]) }

  private static func product(_ factors: [Int]) -> Int {
    factors.reduce(1) { product, factor in
      let (next, overflows) = product.multipliedReportingOverflow(by: factor)
      return overflows ? .max : next
    }
  }
}
