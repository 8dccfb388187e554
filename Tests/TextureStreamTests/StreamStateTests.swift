import Foundation
import GaussianField
import Testing

@testable import TextureDataset
@testable import TextureStream

/// `Tests/states.json`: batches of streams and the state after each, as saved by Python. `python/tests/test_states.py`
/// writes the file and also checks Python's streams against it, so states of either resume in the other.
@Suite struct StreamStateTests {
  private struct File: Decodable {
    var streams: [Stream]
  }

  private struct Stream: Decodable {
    var batchSize: Int
    var seed: UInt64
    var rank: Int
    var ranks: Int
    var batches: [Batch]

    enum CodingKeys: String, CodingKey {
      case rank, batches
      case batchSize = "batch_size"
      case seed = "shuffle_seed"
      case ranks = "world_size"
    }

    /// Two epochs, as in the file.
    var options: TextureStream.Options {
      .init(batchSize: batchSize, seed: seed, epochs: 2, rank: rank, ranks: ranks, threads: 1)
    }
  }

  private struct Batch: Decodable {
    var samples: [Int]
    var state: StreamState
  }

  private let source: SampleSource
  private let streams: [Stream]

  init() throws {
    source = try SampleSource(.streamed(samples: 23, seed: 9))
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../states.json")
    streams = try JSONDecoder().decode(File.self, from: Data(contentsOf: file)).streams
  }

  @Test func statesMatchPythons() async throws {
    #expect(streams.count == 9)
    for expected in streams {
      var found: [StreamState] = []
      for try await batch in try TextureStream(source, options: expected.options) { found.append(batch.stateAfter) }
      #expect(found == expected.batches.map(\.state))
    }
  }

  /// From the state after every batch, the stream yields the batches that Python's would have, with the same pixels.
  @Test func statesSavedByPythonResume() async throws {
    for expected in streams {
      let whole = try await TextureStream(source, options: expected.options).copies()
      #expect(whole.map(\.samples) == expected.batches.map(\.samples))
      for (index, batch) in expected.batches.enumerated() {
        let rest = try await TextureStream(source, options: expected.options, from: batch.state).copies()
        #expect(rest == Array(whole[(index + 1)...]))
      }
    }
  }
}
