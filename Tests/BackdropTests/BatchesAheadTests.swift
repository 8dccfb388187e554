import GaussianField
import Synchronization
import TextureDataset
import TextureStream
import Testing

@testable import Backdrop

@Suite struct BatchesAheadTests {
  /// A batch that is released late, as by a descheduled thread, delays the next one and is not an error.
  @Test func requestWaitsForAFreeSlot() async throws {
    let recipe = try Recipe(side: 8, lengthScales: [[1, 2]], weights: [1], samples: 12)
    let options = TextureStream.Options(batchSize: 2, ringSize: 3, threads: 1)
    let stream = try TextureStream(SampleSource(recipe), options: options)
    var batches = BatchesAhead(stream)
    let held = Held()
    // The third request finds the ring full: two batches are held here, and one by the previous request.
    for _ in 0..<3 { held.add(try #require(try await batches.nextBatch())) }
    let late = Task {
      try await Task.sleep(for: .milliseconds(50))
      held.letGo()
    }
    var count = 3
    while try await batches.nextBatch() != nil { count += 1 }
    try await late.value
    #expect(count == 6)
  }

  private final class Held: Sendable {
    private let batches = Mutex([TextureBatch]())
    func add(_ batch: TextureBatch) { batches.withLock { $0.append(batch) } }
    func letGo() { batches.withLock { $0 = [] } }
  }
}
