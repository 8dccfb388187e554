import Foundation
import Testing

@testable import TextureDataset

@Suite struct InspectionTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  private func json(_ name: String) throws -> [String: Any] {
    let text = try Inspection(of: folder(name)).json
    return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func jsonDescribesAShard() throws {
    let recipe = try Recipe.small(dtype: .float16)
    try folder.make(recipe)
    let json = try json("data.h5")
    #expect(json["file"] as? String == folder("data.h5"))
    #expect(json["kind"] as? String == "shard")
    #expect(try json["bytes"] as? Int == folder.data("data.h5").count)
    #expect(json["format_version"] as? Int == 1 && json["bytes_version"] as? Int == 1)
    #expect(json["dataset_hash"] as? String == recipe.datasetHash)
    #expect(json["shard_index"] as? Int == 0 && json["shard_count"] as? Int == 1)
    #expect((json["shards"] as? [Any])?.isEmpty == true)
    #expect(json["samples"] as? [String: Int] == ["first": 0, "count": 10, "finished": 10])
    // The recipe's keys and values are those of its canonical JSON.
    let stored = try #require(JSONSerialization.jsonObject(with: Data(recipe.canonicalJSON.utf8)) as? NSDictionary)
    #expect(json["recipe"] as? NSDictionary == stored)
    let classes = try #require(json["classes"] as? [[String: Any]])
    #expect(classes.map { $0["index"] as? Int } == [0, 1, 2, 3])
    #expect(classes.map { $0["name"] as? String } == ["1-3", "1.5-3", "1-4", "1.5-4"])
    #expect(classes.map { $0["length_scales"] as? [Double] } == [[1, 3], [1.5, 3], [1, 4], [1.5, 4]])
    #expect(classes.map { $0["samples"] as? Int } == [3, 3, 2, 2])
  }

  @Test func jsonListsTheStatesOfAnIndexsShards() throws {
    try folder.make(.small(), shards: 3)
    try folder.remove("data-00001-of-00003.h5")
    let json = try json("data.h5")
    #expect(json["kind"] as? String == "index")
    #expect(json["shard_index"] == nil && json["shard_count"] as? Int == 3)
    #expect(json["samples"] as? [String: Int] == ["first": 0, "count": 10, "finished": 10])
    let shards = try #require(json["shards"] as? [[String: Any]])
    #expect(shards.map { $0["file"] as? String } == (0..<3).map { folder("data-0000\($0)-of-00003.h5") })
    #expect(shards.map { $0["first"] as? Int } == [0, 3, 6])
    #expect(shards.map { $0["count"] as? Int } == [3, 3, 4])
    #expect(shards.map { $0["state"] as? String } == ["finished", "missing", "finished"])
  }

  @Test func oneOfSeveralShardsCountsItsOwnSamples() throws {
    try folder.make(.small(), shards: 3)
    let json = try json("data-00001-of-00003.h5")
    #expect(json["shard_index"] as? Int == 1 && json["shard_count"] as? Int == 3)
    #expect(json["samples"] as? [String: Int] == ["first": 3, "count": 3, "finished": 3])
    // Samples 3, 4 and 5.
    #expect((json["classes"] as? [[String: Any]])?.map { $0["samples"] as? Int } == [1, 1, 0, 1])
  }

  @Test func unfinishedFileReportsItsProgress() throws {
    try folder.interrupt(.small(), after: 4)
    #expect(try json("data.h5.partial")["samples"] as? [String: Int] == ["first": 0, "count": 10, "finished": 4])
    #expect(try Inspection(of: folder("data.h5.partial")).text.contains("samples      10, 4 finished\n"))
  }

  @Test func textIsReadable() throws {
    try folder.make(.small(side: 64, standardize: true))
    let recipe = try Recipe.small(side: 64, standardize: true)
    let bytes = try folder.data("data.h5").count
    #expect(
      try Inspection(of: folder("data.h5")).text == """
        file         \(folder("data.h5")), \(byteText(bytes))
        kind         shard, the whole dataset
        samples      10
        textures     64 x 64, float32, squared_exponential, periodic, standardized
        scale 0      length scales 1, 1.5 px, weight 0.75
        scale 1      length scales 3, 4 px, weight 1.25
        seed         7
        hash         \(recipe.datasetHash)
        versions     format 1, bytes 1
        classes      4
          0  1-3  3 samples
          1  1.5-3  3 samples
          2  1-4  2 samples
          3  1.5-4  2 samples
        """)
  }

  @Test func textNamesMissingShards() throws {
    try folder.make(.small(lengthScales: [(1...20).map(Double.init), [3]]), shards: 3)
    try folder.remove("data-00001-of-00003.h5")
    let text = try Inspection(of: folder("data.h5")).text
    #expect(text.contains("kind         index of 3 shards, 2 finished\n"))
    #expect(text.contains("  15  16-3  0 samples\n  … and 4 more\n"))
    #expect(text.hasSuffix("missing      \(folder("data-00001-of-00003.h5"))"))
    let shard = try Inspection(of: folder("data-00002-of-00003.h5")).text
    #expect(shard.contains("kind         shard 2 of 3\n"))
    #expect(shard.contains("samples      4 of 10, from 6\n"))
    #expect(shard.contains("  6  7-3  1 sample\n"))
  }

  @Test func otherFilesAreRefused() throws {
    try folder.write("text", to: "text.h5")
    let error = try #require(throws: DatasetError.self) { _ = try Inspection(of: folder("text.h5")) }
    #expect(error.message.hasPrefix(folder("text.h5")))
  }
}
