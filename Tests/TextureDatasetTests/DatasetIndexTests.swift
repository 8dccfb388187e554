import Foundation
import Testing

@testable import TextureDataset

@Suite struct DatasetIndexTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  private func failure(replace: Bool = false, _ name: String = "data.h5") throws -> DatasetError {
    try #require(throws: DatasetError.self) { _ = try DatasetIndex.create(at: folder(name), replace: replace) }
  }

  @Test func missingShardsAreNamed() throws {
    try folder.make(.small(), shards: 4)
    for name in ["data.h5", "data-00001-of-00004.h5"] { try folder.remove(name) }
    try FileManager.default.moveItem(
      atPath: folder("data-00003-of-00004.h5"), toPath: folder("data-00003-of-00004.h5.partial"))
    let before = try folder.names
    let error = try failure()
    #expect(error.code == .missingShard)
    #expect(
      error.message.hasSuffix(
        "2 of 4 shards are missing: \(folder("data-00001-of-00004.h5")), "
          + "\(folder("data-00003-of-00004.h5.partial").dropLast(8)) (unfinished)"))
    #expect(try folder.names == before)
  }

  @Test func tasksOfMissingShardsAreNamed() throws {
    let recipe = try Recipe.small(samples: 9)
    for task in [0, 3] {
      try folder.make(recipe, shards: 9, task: DatasetGenerator.ArrayTask(index: task, count: 4))
    }
    // Task 1 makes shards 2 and 3, task 2 shards 4 and 5, task 3 the last three.
    try folder.remove("data-00008-of-00009.h5")
    let error = try #require(throws: DatasetError.self) {
      _ = try DatasetIndex.create(at: folder("data.h5"), replace: false, taskCount: 4)
    }
    #expect(error.code == .missingShard)
    #expect(
      error.message.hasPrefix("\(folder("data.h5")): 5 of 9 shards are missing: \(folder("data-00002-of-00009.h5")), "))
    #expect(
      error.message.hasSuffix(
        "\nTasks 1-3 of 4 make them: run them again with --resume, as in sbatch --array=1-3"))
    // Missing shards are generated, and nothing else is changed.
    let kept = try folder.data("data-00006-of-00009.h5")
    let before = try #require(
      try FileManager.default.attributesOfItem(atPath: folder("data-00006-of-00009.h5"))[.systemFileNumber] as? Int)
    let made = try folder.make(
      recipe, shards: 9, task: DatasetGenerator.ArrayTask(index: 3, count: 4), policy: .resume)
    #expect(made.progress.made == 1)
    #expect(try folder.data("data-00006-of-00009.h5") == kept)
    #expect(
      try FileManager.default.attributesOfItem(atPath: folder("data-00006-of-00009.h5"))[.systemFileNumber] as? Int
        == before)
    let rest = try #require(throws: DatasetError.self) {
      _ = try DatasetIndex.create(at: folder("data.h5"), replace: false, taskCount: 2)
    }
    #expect(
      rest.message.hasSuffix("\nTasks 0-1 of 2 make them: run them again with --resume, as in sbatch --array=0-1"))
    let many = try #require(throws: DatasetError.self) {
      _ = try DatasetIndex.create(at: folder("data.h5"), replace: false, taskCount: 10)
    }
    #expect(many.message == "10 tasks for 9 shards: expected at least one shard per task")
  }

  @Test func noShardsAreRefused() throws {
    try folder.make(.small())
    for name in ["data.h5", "other.h5", "missing/data.h5"] {
      let error = try failure(name)
      #expect(error.code == .missingShard)
      #expect(error.message.contains("found no shards in its folder"))
    }
    #expect(try folder.names == ["data.h5"])
  }

  @Test func shardOfAnotherRecipeIsRefused() throws {
    let other = try DatasetFolder()
    try folder.make(.small(), shards: 3)
    try other.make(.small(seed: 8), shards: 3)
    for name in ["data.h5", "data-00002-of-00003.h5"] { try folder.remove(name) }
    try FileManager.default.copyItem(atPath: other("data-00002-of-00003.h5"), toPath: folder("data-00002-of-00003.h5"))
    let error = try failure()
    #expect(error.code == .invalidFile)
    #expect(error.message.contains("data-00002-of-00003.h5: does not belong to"))
    #expect(error.message.contains("its recipe differs in seed"))
    #expect(try folder.names.count == 3)
  }

  @Test func misplacedShardIsRefused() throws {
    try folder.make(.small(samples: 9), shards: 3)
    for name in ["data.h5", "data-00002-of-00003.h5"] { try folder.remove(name) }
    try FileManager.default.copyItem(atPath: folder("data-00001-of-00003.h5"), toPath: folder("data-00002-of-00003.h5"))
    let error = try failure()
    #expect(error.code == .invalidFile)
    #expect(error.message.contains("it is shard 1, not 2"))
  }

  @Test func shardsOfSeveralDatasetsAreRefused() throws {
    try folder.make(.small(), shards: 2)
    let two = try folder.files
    try folder.make(.small(), shards: 3, policy: .replace)
    try folder.remove("data.h5")
    for (name, data) in two where name != "data.h5" { try data.write(to: URL(filePath: folder(name))) }
    let error = try failure()
    #expect(error.code == .invalidFile)
    #expect(error.message.contains("the folder contains several datasets of this name, with 2 and 3 shards"))
    #expect(try folder.names.count == 5)
  }

  @Test func existingIndexIsKeptUnlessReplaced() throws {
    try folder.make(.small(), shards: 2)
    let before = try folder.files
    try folder.write("something else", to: "data.h5")
    let error = try failure()
    #expect(error.code == .outputExists)
    #expect(error.message.hasSuffix("use --force to replace it"))
    #expect(try folder.data("data.h5") == Data("something else".utf8))
    #expect(try !DatasetIndex.create(at: folder("data.h5"), replace: true).wasFinished)
    #expect(try folder.files == before)
  }

  @Test func secondRunFindsTheIndexFinished() throws {
    try folder.make(.small(), shards: 2)
    let before = try folder.files
    try folder.remove("data.h5")
    #expect(try !DatasetIndex.create(at: folder("data.h5"), replace: false).wasFinished)
    #expect(try DatasetIndex.create(at: folder("data.h5"), replace: false).wasFinished)
    #expect(try folder.files == before)
  }

  @Test func renamedIndexIsFoundFinished() throws {
    try folder.make(.small(), shards: 2)
    try FileManager.default.moveItem(atPath: folder("data.h5"), toPath: folder("renamed.h5"))
    let before = try folder.files
    let result = try DatasetIndex.create(at: folder("renamed.h5"), replace: false)
    #expect(result.wasFinished && result.names.path == folder("data.h5"))
    #expect(try !DatasetIndex.create(at: folder("renamed.h5"), replace: true).wasFinished)
    #expect(try folder.files == before)
  }

  @Test func indexWithOtherChecksumsIsNotFinished() throws {
    try folder.make(.small(), shards: 2)
    try DatasetDamage.flip(folder("data.h5"), in: "crc32c", at: 0)
    let error = try failure()
    #expect(error.code == .outputExists && error.message.contains("the checksum of sample 0 differs from the shard's"))
  }

  @Test func unfinishedShardsAreNotIndexed() throws {
    try folder.interrupt(.small(), shards: 2, after: 7)
    for shard in 0..<2 {
      let name = "data-0000\(shard)-of-00002.h5"
      try FileManager.default.moveItem(atPath: folder(name + ".partial"), toPath: folder(name))
    }
    try folder.remove("data.h5.partial")
    let before = try folder.files
    #expect(try failure().code == .unfinished)
    #expect(try folder.files == before)
  }

  @Test func folderInPlaceOfTheIndexLeavesNothing() throws {
    try folder.make(.small(), shards: 2)
    try folder.remove("data.h5")
    try FileManager.default.createDirectory(atPath: folder("data.h5"), withIntermediateDirectories: false)
    let before = try folder.names
    #expect(try failure(replace: true).code == .fileSystem)
    #expect(try folder.names == before)
  }

  @Test func indexThatIsBeingWrittenIsRefused() throws {
    try folder.make(.small(), shards: 2)
    try folder.remove("data.h5")
    let lock = try LockedFile(OutputNames.partial(folder("data.h5")))
    #expect(try failure().code == .outputLocked)
    #expect(lock.path == folder("data.h5.partial"))
  }
}
