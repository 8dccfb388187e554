import CCrypto
import CHDF5
import Foundation
import Testing

@testable import TextureDataset

/// All bytes of a file except its pixels must remain those of `bytes_version` 1.
///
/// The hashes are of files laid out by HDF5 1.10.8 (Debian 12), without pixels and, in an index, with made-up
/// checksums.
@Suite struct ShardLayoutTests {
  private static let madeWith = "1.10.8"

  struct Layout: Sendable, CustomTestStringConvertible {
    let name: String
    let recipe: @Sendable () throws -> Recipe
    let shardCount: Int
    /// SHA-256 of each shard, and of the index last.
    let hashes: [String]

    var testDescription: String { name }
  }

  static let layouts = [
    Layout(
      name: "square", recipe: { try .small() }, shardCount: 1,
      hashes: ["e299c95bd18ddc95b59d269a41459df82e5cbce415c25528e16a0840d838498a"]),
    Layout(
      name: "odd side", recipe: { try .small(side: 33, lengthScales: [[1, 1.5]], weights: [1]) }, shardCount: 1,
      hashes: ["5e37f11551d3975e8395ef8ca92cf5419d6983540ba683fd2a9b4f5e3311b4c9"]),
    Layout(
      name: "float16", recipe: { try .small(dtype: .float16, samples: 37) }, shardCount: 1,
      hashes: ["c80077dd50189757a31e1d56b5683214b38e6b100003712b34f93d3c214f1f0a"]),
    Layout(
      name: "standardized", recipe: { try .small(standardize: true, seed: 1 << 52) }, shardCount: 1,
      hashes: ["11ecbaa6cd1b87149363e157ad77996cd55d59057be658297d99606c2c330b85"]),
    Layout(
      name: "three scales",
      recipe: {
        try .small(lengthScales: [[1, 1.5], [2, 2.5, 3], [4]], weights: [0.5, 1, 2], seed: 0, samples: 1000)
      }, shardCount: 1, hashes: ["92139144be0e3f8db082149fac50835a9b83b2c0190de65c911854ed94286100"]),
    Layout(
      name: "one sample", recipe: { try .small(side: 8, samples: 1) }, shardCount: 1,
      hashes: ["88a886ff017c78a8cda156d169cf413140c41a4310cff637efaa09938adb707b"]),
    Layout(
      name: "shards and an index", recipe: { try .small(samples: 11) }, shardCount: 3,
      hashes: [
        "d06736d9496f0f465b1e26301d04ab6763fc21e731338b2bf5bc1eecbc1dda51",
        "ad410d7b03caccf638559b90890468a8f0b818088047ce31ac6b5289823454a0",
        "daa8d5cac3739393ca0efd71e10eefd02bf5c8d04cb2790e9630f138c38df6a5",
        "dc8644ff396220d13ead56130a495394fafe41aa1131b16e17b7e23be7a37fe7",
      ]),
  ]

  /// The checksums of an index without shards.
  private static func checksum(ofSample sample: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: (sample + 1) * 0x9E37_79B1)
  }

  @Test(arguments: layouts)
  func layoutMatchesBytesVersion1(layout: Layout) throws {
    let folder = try DatasetFolder()
    let recipe = try layout.recipe()
    let names = OutputNames(path: folder("data.h5"), shardCount: layout.shardCount)
    var hashes: [String] = []
    for shard in 0..<names.shardCount {
      _ = try ShardStructure.createShard(
        at: names.shard(shard), recipe: recipe, names: names, shard: shard, embedding: nil)
      hashes.append(Self.hash(try Data(contentsOf: URL(filePath: names.shard(shard)))))
    }
    if let index = names.index {
      let checksums = (0..<recipe.samples).map { Self.checksum(ofSample: $0) }
      try ShardStructure.createIndex(at: index, recipe: recipe, names: names, checksums: checksums, embedding: nil)
      hashes.append(Self.hash(try folder.data("data.h5")))
    }
    #expect(ShardStructure.bytesVersion == 1)
    #expect(
      hashes == layout.hashes,
      """
      The bytes of a file are not those of bytes_version 1. The hashes were made with HDF5 \(Self.madeWith), and \
      HDF5 \(Self.libraryVersion) runs here\(Self.libraryVersion == Self.madeWith ? "" : ": another version may lay files out otherwise, which is no fault")
      """)
  }

  @Test(arguments: layouts)
  func offsetsOfAPartialFileMatchTheFinishedFile(layout: Layout) throws {
    let folder = try DatasetFolder()
    let names = OutputNames(path: folder("data.h5"), shardCount: layout.shardCount)
    for shard in 0..<names.shardCount {
      let path = names.shard(shard)
      let made = try ShardStructure.createShard(
        at: path, recipe: try layout.recipe(), names: names, shard: shard, embedding: nil)
      #expect(try ShardHeader(reading: path).layout == made)
    }
  }

  private static let libraryVersion: String = {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    H5get_libversion(&major, &minor, &release)
    return "\(major).\(minor).\(release)"
  }()

  private static func hash(_ data: Data) -> String {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    _ = data.withUnsafeBytes { SHA256($0.baseAddress, $0.count, &digest) }
    return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
