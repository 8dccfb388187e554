import Foundation
import Testing

@testable import TextureDataset

/// Which partial files a resumed run replaces, and which it leaves alone.
@Suite struct PartialShardTests {
  private let folder: DatasetFolder
  private let recipe: Recipe

  init() throws {
    folder = try DatasetFolder()
    recipe = try .findable()
  }

  private func resumeFailure(of recipe: Recipe? = nil) throws -> DatasetError {
    try #require(throws: DatasetError.self) { try folder.make(recipe ?? self.recipe, policy: .resume) }
  }

  @Test(arguments: [DatasetDamage.label, .superblock, .rootGroup, .recipe, .truncatedByOneByte])
  func damagedFileWithSamplesIsLeftAlone(damage: DatasetDamage) throws {
    try folder.make(recipe, "fresh.h5")
    try folder.interrupt(recipe, after: 4)
    try damage.inflict(on: folder("data.h5.partial"))
    let before = try folder.data("data.h5.partial")
    let error = try resumeFailure()
    #expect(error.code == .invalidFile && error.message.contains("contains finished samples"), "\(error.message)")
    #expect(try folder.data("data.h5.partial") == before)
    // Following the message keeps the samples.
    try FileManager.default.moveItem(atPath: folder("data.h5.partial"), toPath: folder("data.h5"))
    let summary = try DatasetRepairer(folder("data.h5"), recipe: recipe, threads: 1).run()
    #expect(summary.made == 6)
    #expect(try folder.data("data.h5") == folder.data("fresh.h5"))
  }

  /// Samples of an unreadable recipe have offsets that this run does not know.
  @Test func damagedFileWithAnUnreadableRecipeIsLeftAlone() throws {
    try folder.interrupt(recipe, after: 4)
    try DatasetDamage.recipe.inflict(on: folder("data.h5.partial"))
    let before = try folder.files
    let error = try resumeFailure(of: .small(side: 32, seed: 8))
    #expect(error.code == .invalidFile && error.message.contains("may contain finished samples"), "\(error.message)")
    #expect(try folder.files == before)
  }

  @Test(arguments: [1, 3])
  func folderOfAnUnfinishedDatasetIsNotEmpty(shards: Int) throws {
    try folder.interrupt(recipe, shards: shards, after: 4)
    let error = try #require(throws: DatasetError.self) { try DatasetReader(folder("")) }
    #expect(error.code == .unfinished && error.message.contains("finish it with: gpgen "), "\(error.message)")
  }

  @Test func unclosedFileWithSamplesIsLeftAlone() throws {
    try folder.interrupt(recipe, after: 1)
    try DatasetDamage.flip(folder("data.h5.partial"), at: 11)
    let before = try folder.files
    #expect(try resumeFailure().code == .invalidFile)
    #expect(try folder.files == before)
  }

  @Test(arguments: [DatasetDamage.label, .superblock, .rootGroup, .recipe, .truncatedByOneByte])
  func damagedFileWithoutSamplesIsReplaced(damage: DatasetDamage) throws {
    try folder.make(recipe, "fresh.h5")
    try folder.begin(recipe)
    try damage.inflict(on: folder("data.h5.partial"))
    #expect(try folder.make(recipe, policy: .resume).progress.kept == 0)
    #expect(try folder.data("data.h5") == folder.data("fresh.h5"))
  }

  @Test func damagedFileOfAnotherDatasetIsLeftAlone() throws {
    try folder.interrupt(recipe, after: 4)
    try DatasetDamage.superblock.inflict(on: folder("data.h5.partial"))
    let before = try folder.files
    let error = try resumeFailure(of: .small(side: 32, seed: 8))
    #expect(error.code == .outputExists && error.message.contains("of another dataset"), "\(error.message)")
    #expect(try folder.files == before)
  }

  /// As after a transient read error: the bytes are intact, whatever the library reported.
  @Test func errorAboutAnIntactFileIsNoProof() throws {
    try folder.begin(recipe)
    let partial = PartialShard(
      path: folder("data.h5.partial"), recipe: recipe, names: OutputNames(path: folder("data.h5"), shardCount: 1),
      shard: 0, embedding: nil)
    let error = try #require(throws: DatasetError.self) {
      try partial.refuseLoss(DatasetError(.hdf5, "data.h5.partial: cannot open"))
    }
    #expect(error.message == "data.h5.partial: cannot open")
  }

  @Test func damagedShardIsNotMistakenForAnUnfinishedIndex() throws {
    try folder.make(recipe, shards: 2)
    try folder.remove("data.h5")
    let other = try DatasetFolder()
    try other.interrupt(recipe, after: 4)
    try FileManager.default.moveItem(atPath: other("data.h5.partial"), toPath: folder("data.h5.partial"))
    try DatasetDamage.superblock.inflict(on: folder("data.h5.partial"))
    let before = try folder.files
    let error = try #require(throws: DatasetError.self) {
      try DatasetIndex.create(at: folder("data.h5"), replace: false)
    }
    #expect(error.code == .outputExists)
    #expect(try folder.files == before)
  }
}
