import Foundation
import Testing

@testable import TextureDataset

@Suite struct OutputNamesTests {
  @Test(arguments: [
    ("data.h5", "data-00002-of-00008.h5", "."),
    ("data", "data-00002-of-00008", "."),
    (".h5", ".h5-00002-of-00008", "."),
    (".data.h5", ".data-00002-of-00008.h5", "."),
    ("a.b.h5", "a.b-00002-of-00008.h5", "."),
    ("./data.h5", "./data-00002-of-00008.h5", "."),
    ("../data.h5", "../data-00002-of-00008.h5", ".."),
    ("a.b/data", "a.b/data-00002-of-00008", "a.b"),
    ("a.b/.data", "a.b/.data-00002-of-00008", "a.b"),
    ("/data.h5", "/data-00002-of-00008.h5", "/"),
    ("/a/b/data.h5", "/a/b/data-00002-of-00008.h5", "/a/b"),
    ("a b/größe.h5", "a b/größe-00002-of-00008.h5", "a b"),
  ])
  func shardsAreNamedAfterTheIndex(path: String, shard: String, folder: String) {
    let names = OutputNames(path: path, shardCount: 8)
    #expect(names.shard(2) == shard)
    #expect(names.index == path)
    #expect(names.folder == folder)
  }

  @Test func singleShardIsTheFileItself() {
    let names = OutputNames(path: "a/data.h5", shardCount: 1)
    #expect(names.shard(0) == "a/data.h5")
    #expect(names.index == nil)
    #expect(OutputNames.partial(names.shard(0)) == "a/data.h5.partial")
  }

  @Test func namesOfTheMaximumNumberOfShardsSort() {
    let names = OutputNames(path: "d.h5", shardCount: OutputNames.maximumShardCount)
    #expect(names.shard(0) == "d-00000-of-99999.h5")
    #expect(names.shard(99_998) == "d-99998-of-99999.h5")
  }

  @Test(arguments: [
    (1, 1), (1, 100), (3, 10), (7, 7), (7, 100), (8, 9), (16, 1_000), (99_999, 99_999), (99_999, 4_294_967_295),
  ])
  func samplesAreDividedEvenly(shards: Int, samples: Int) {
    let names = OutputNames(path: "d.h5", shardCount: shards)
    var next = 0
    var sizes: Set<Int> = []
    for shard in 0..<shards {
      let range = names.samples(ofShard: shard, total: samples)
      guard range.lowerBound == next else {
        Issue.record("shard \(shard) begins at \(range.lowerBound), not at \(next)")
        return
      }
      next = range.upperBound
      sizes.insert(range.count)
    }
    #expect(next == samples)
    #expect(sizes.allSatisfy { $0 == samples / shards || $0 == samples / shards + 1 }, "\(sizes)")
  }

  @Test func shardsInTheFolderAreFoundByName() throws {
    let folder = try DatasetFolder()
    let shards = [
      "data-00000-of-00002.h5", "data-00001-of-00002.h5.partial", "data-00003-of-00004.h5",
    ]
    let others = [
      "data.h5", "data.h5.partial", "data-00000-of-00002", "data-00000-of-00002.h5.bak", "data-0000-of-00002.h5",
      "data-00000-of-000002.h5", "data-0000x-of-00002.h5", "data-00000-in-00002.h5", "my-data-00000-of-00002.h5",
      "data-more-00000-of-00002.h5", "DATA-00000-of-00002.h5",
    ]
    for name in shards + others { try folder.write("", to: name) }
    let found = OutputNames(path: folder("data.h5"), shardCount: 1).shardsInFolder()
    #expect(found.map(\.path) == shards.map { folder($0) })
    #expect(found.map(\.index) == [0, 1, 3])
    #expect(found.map(\.count) == [2, 2, 4])
    let bare = OutputNames(path: folder("data"), shardCount: 3).shardsInFolder()
    #expect(bare.map(\.path) == [folder("data-00000-of-00002")])
    #expect(OutputNames(path: folder("missing/data.h5"), shardCount: 3).shardsInFolder().isEmpty)
  }
}
