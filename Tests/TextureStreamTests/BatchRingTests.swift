import Synchronization
import TextureDataset
import Testing

@testable import TextureStream

/// Threads of the ring that cannot allocate their memory.
@Suite struct BatchRingTests {
  private let source: SampleSource
  private let options = TextureStream.Options(batchSize: 4, threads: 3)

  init() throws { source = try SampleSource(.streamed()) }

  /// A ring whose first `count` threads get no memory.
  private func ring(threadsWithoutMemory count: Int) throws -> BatchRing {
    let begun = Mutex(0)
    let plan = BatchPlan(
      try SamplePart(nil, options.splitRule, of: source), options: options,
      start: StreamState(seed: options.seed, datasetHash: source.recipe.datasetHash))
    return try BatchRing(source: source, options: options, plan: plan) { source throws(StreamError) in
      let number = begun.withLock { begun in
        begun += 1
        return begun
      }
      guard number > count else { throw StreamError(.memory, "no memory for thread \(number)") }
      return try source.makeFetcher()
    }
  }

  @Test(arguments: 0...2) func threadsWithoutMemoryLeaveTheWorkToTheOthers(count: Int) async throws {
    let expected = try await TextureStream(source, options: options).copies().map(\.samples)
    let ring = try ring(threadsWithoutMemory: count)
    defer { ring.stop() }
    var samples: [[Int]] = []
    while let batch = try await ring.next() { samples.append(batch.samples) }
    #expect(samples == expected)
  }

  @Test func streamWithoutMemoryForAnyThreadEndsAtItsFirstBatch() async throws {
    let ring = try ring(threadsWithoutMemory: 3)
    defer { ring.stop() }
    await #expect { _ = try await ring.next() } throws: {
      ($0 as? StreamError)?.code == .memory && "\($0)".contains("no memory for thread")
    }
  }
}
