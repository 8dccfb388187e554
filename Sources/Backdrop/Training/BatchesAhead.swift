import TextureStream

/// The batches of a stream, of which the next one is taken from the stream's threads while this one is computed: what
/// computes does not wait for a thread to be woken.
struct BatchesAhead {
  private let iterator: TextureStream.Iterator
  private var next: Task<TextureBatch?, any Error>

  /// Begins at once.
  init(_ stream: TextureStream) {
    iterator = stream.makeAsyncIterator()
    next = Self.taken(from: iterator)
  }

  /// The next batch; none after the last.
  mutating func nextBatch(isolation: isolated (any Actor)? = #isolation) async throws(BackdropError) -> TextureBatch? {
    do {
      let batch = try await next.value
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
