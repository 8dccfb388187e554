import Foundation
import GaussianField
import Testing

@testable import TextureDataset

/// The stored embedding of open textures.
@Suite struct EmbeddingAttributeTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  private static func recipe() throws -> Recipe {
    try RecipeDocument(
      side: 16, lengthScales: [[2, 3]], covariance: [CovarianceTemplate("exponential")], boundary: .open, seed: 3,
      samples: 6
    ).recipe()
  }

  @Test func shardsAndIndexHaveTheSamplersEmbedding() throws {
    let recipe = try Self.recipe()
    try folder.make(recipe, shards: 2)
    let expected = try #require(try TextureSampler(recipe).embedding)
    for name in ["data.h5", "data-00000-of-00002.h5", "data-00001-of-00002.h5"] {
      #expect(try ShardHeader(reading: folder(name)).embedding == expected)
      let inspection = try Inspection(of: folder(name))
      let extents = expected.extents.map { "\($0)" }.joined(separator: " x ")
      #expect(inspection.text.contains("embedding    \(extents), \(expected.negativeCount) negative eigenvalues"))
      let json = try #require(
        JSONSerialization.jsonObject(with: Data(inspection.json.utf8)) as? [String: Any])
      let embedding = try #require(json["embedding"] as? [String: Any])
      #expect(embedding["extents"] as? [Int] == expected.extents)
      #expect(embedding["negative_count"] as? Int == expected.negativeCount)
      #expect(embedding["negative_fraction"] as? Double == expected.negativeFraction)
    }
    // `gpgen index` reads it from the shards.
    let index = try folder.data("data.h5")
    try folder.remove("data.h5")
    _ = try DatasetIndex.create(at: folder("data.h5"), replace: false)
    #expect(try folder.data("data.h5") == index)
  }

  @Test func periodicFilesHaveNoEmbedding() throws {
    try folder.make(.small())
    #expect(try ShardHeader(reading: folder("data.h5")).embedding == nil)
    #expect(try !Inspection(of: folder("data.h5")).json.contains("embedding"))
  }

  @Test func filesWithoutEmbeddingAreRead() throws {
    let recipe = try Self.recipe()
    let names = OutputNames(path: folder("data.h5"), shardCount: 1)
    _ = try ShardStructure.createShard(at: folder("data.h5"), recipe: recipe, names: names, shard: 0, embedding: nil)
    #expect(try ShardHeader(reading: folder("data.h5")).embedding == nil)
    #expect(StructureCheck(of: folder("data.h5"), recipe: recipe, names: names, shard: 0).faults.isEmpty)
  }

  @Test func impossibleEmbeddingIsRefusedAndRepaired() throws {
    let recipe = try Self.recipe()
    try folder.make(recipe)
    let whole = try folder.data("data.h5")
    // A torus for smaller textures.
    let small = try #require(
      Embedding(stored: [12, 14], negativeFraction: 0, negativeCount: 0, for: .square(side: 8)))
    try folder.remove("data.h5")
    _ = try ShardStructure.createShard(
      at: folder("data.h5"), recipe: recipe, names: OutputNames(path: folder("data.h5"), shardCount: 1), shard: 0,
      embedding: small)
    let error = #expect(throws: DatasetError.self) { try ShardHeader(reading: folder("data.h5")) }
    #expect(error?.code == .invalidFile)
    #expect(error?.message.contains("attribute embedding is 12 x 14") == true, "\(error?.message ?? "")")
    _ = try DatasetRepairer(folder("data.h5"), threads: 1).run()
    #expect(try folder.data("data.h5") == whole)
  }

  @Test func interruptedRunsGiveTheSameBytes() throws {
    let recipe = try Self.recipe()
    try folder.make(recipe)
    let other = try DatasetFolder()
    try other.interrupt(recipe, after: 2)
    try other.make(recipe, policy: .resume)
    #expect(try other.data("data.h5") == folder.data("data.h5"))
  }
}
