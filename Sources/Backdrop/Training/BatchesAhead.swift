import TextureStream

/// The batches of a stream. The next one is taken from the stream's threads while the current one is computed, so that the
/// computation does not wait for a thread to be woken. That takes room for a third batch: streams without are asked for one
/// batch at a time.
struct BatchesAhead {
  private var iterator: TextureStream.Iterator
  /// The next batch; none where the stream has no room for it.
  private var next: Task<TextureBatch?, any Error>?

  /// Begins at once.
  init(_ stream: TextureStream) {
    iterator = stream.makeAsyncIterator()
    next = stream.batchesInMemory > 2 ? Self.taken(from: iterator) : nil
  }

  /// The next batch; none after the last.
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
      return try await iterator.next()
    }
  }
}
