import TextureStream

/// The batches of a stream, requested one ahead: the next batch is fetched while the current one is being computed, so
/// that the computation does not wait for a thread to wake up. That needs room for a third batch; without it, batches
/// are requested one at a time. The trainer holds at most one batch, so a full ring soon has a free slot.
struct BatchesAhead {
  private var iterator: TextureStream.Iterator
  /// The pending request for the next batch; nil if the stream has no room for it.
  private var next: Task<TextureBatch?, any Error>?

  /// Requests the first batch at once.
  init(_ stream: TextureStream) {
    iterator = stream.makeAsyncIterator()
    next = stream.batchesInMemory > 2 ? Self.request(from: iterator) : nil
  }

  /// The next batch; nil after the last.
  mutating func nextBatch(isolation: isolated (any Actor)? = #isolation) async throws(BackdropError) -> TextureBatch? {
    guard let request = next else { return try await iterator.nextBatch() }
    do {
      let batch = try await request.value
      if batch != nil { next = Self.request(from: iterator) }
      return batch
    } catch {
      throw BackdropError(stream: error)
    }
  }

  private static func request(from iterator: TextureStream.Iterator) -> Task<TextureBatch?, any Error> {
    // Copies of an iterator share its stream.
    Task.detached {
      var iterator = iterator
      while true {
        do {
          return try await iterator.next()
        } catch let error as StreamError where error.code == .ringExhausted {
          // The thread that served the previous request may hold that batch briefly after the trainer has released it.
          try await Task.sleep(for: .milliseconds(1))
        }
      }
    }
  }
}
