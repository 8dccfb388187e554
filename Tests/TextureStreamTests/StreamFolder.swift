import Foundation
import TextureDataset

@testable import TextureStream

/// A temporary folder with datasets, removed at the end of a test.
final class StreamFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "gpgen-stream-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Generates a dataset and opens it.
  func source(_ recipe: Recipe, shards: Int = 1) throws -> SampleSource {
    let file = "\(path)/data-\(UUID().uuidString).h5"
    _ = try DatasetGenerator(recipe: recipe, names: OutputNames(path: file, shardCount: shards), threads: 2).run()
    return try SampleSource(try DatasetReader(file))
  }
}

extension Recipe {
  static func streamed(
    side: Int = 16, samples: Int = 50, dtype: Recipe.DType = .float32, seed: UInt64 = 3
  ) throws -> Recipe {
    try Recipe(side: side, lengthScales: [[1, 2], [4]], weights: [1, 2], dtype: dtype, seed: seed, samples: samples)
  }
}

/// A copy of a batch.
struct BatchCopy: Equatable {
  let epoch: Int
  let samples: [Int]
  let labels: [Int64]
  let images: [Float]
}

extension TextureStream {
  /// All batches, copied out of the ring.
  func copies() async throws -> [BatchCopy] {
    var copies: [BatchCopy] = []
    for try await batch in self {
      copies.append(
        BatchCopy(
          epoch: batch.epoch, samples: batch.samples, labels: batch.labels, images: batch.withImages { Array($0) }))
    }
    return copies
  }
}
