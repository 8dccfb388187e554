import TextureStream

/// The batches of a stream. The next batch is requested from the stream while the current one is being computed, so that the
/// computation does not wait for a thread to wake up. That takes room for a third batch; a stream without that room is asked
/// for one batch at a time. The trainer holds one batch at most, so a ring without a free slot has one soon.
struct BatchesAhead {
  private var iterator: TextureStream.Iterator
  /// The pending request for the next batch; nil if the stream has no room for it.
  private var next: Task<TextureBatch?, any Error>?

  /// Requests the first batch at once.
  init(_ stream: TextureStream) {
    iterator = stream.makeAsyncIterator()
    next = stream.batchesInMemory > 2 ? Self.taken(from: iterator) : nil
  }

  /// The next batch; nil after the last.
  mutating func nextBatch(isolation: isolated (any Actor)? = #isolation) async throws(BackdropError) -> TextureBatch? {
    guard let taken = next else { return try await iterator.nextBatch() }
    do {
      let batch = try await taken.value
      if batch != nil { next = Self.taken(from: iterator) }
      return batch
    } catch {
      throw BackdropError(stream: error)
    }
  }

  private static func taken(from iterator: TextureStream.Iterator) -> Task<TextureBatch?, any Error> {
    // Copies of an iterator share its stream.
    Task.detached {
      var iterator = iterator
      while true {
        do {
          return try await iterator.next()
        } catch let error as StreamError where error.code == .ringExhausted {
          // The thread that ran the request before this one may hold that batch for a moment after the trainer has let it go.
          try await Task.sleep(for: .milliseconds(1))
        }
      }
    }
  }
}
