import Foundation
import Testing

@testable import TextureDataset

/// The folder after a crash at each step of a publication, and its completion by a resumed run.
@Suite struct DatasetPublishingTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  /// Differs from the new recipe in labels, pixels and number of samples.
  private static func old(samples: Int = 9) throws -> Recipe {
    try .small(lengthScales: [[2, 2.5, 3], [4]], seed: 1, samples: samples)
  }
  private static func new() throws -> Recipe { try .small(seed: 2, samples: 10) }

  @Test(arguments: [(1, 1), (3, 3), (1, 3), (3, 1), (4, 2), (2, 4)])
  func crashAtAnyStepLeavesOneOfTheDatasets(old: Int, new: Int) throws {
    try folder.make(Self.old(), shards: old)
    let oldImages = try folder.images()
    try folder.clear()
    try folder.make(Self.new(), shards: new)
    let (after, newImages) = (try folder.files, try folder.images())
    var (step, count) = (0, 0)
    repeat {
      try folder.clear()
      try folder.make(Self.old(), shards: old)
      count = try folder.publish(Self.new(), shards: new, policy: .replace, steps: step)

      let reader = try DatasetReader(folder("data.h5"))
      let isNew = try reader.recipe == Self.new()
      #expect(try isNew || reader.recipe == Self.old(), "step \(step)")
      #expect(try folder.images() == (isNew ? newImages : oldImages), "step \(step)")

      let summary = try folder.make(Self.new(), shards: new, policy: .resume)
      #expect(summary.progress.kept == 10)
      let left = try folder.files
      #expect(left.filter { after.keys.contains($0.key) } == after, "step \(step)")
      // Shards of the previous dataset are reported, unless they were removed before the crash.
      #expect((left.count == after.count) == summary.notes.isEmpty, "step \(step): \(left.keys.sorted())")
      step += 1
    } while step <= count
    #expect(count >= 3)
    #expect(try folder.files == after)
  }

  @Test func previousIndexIsRelayedWhileShardsAreRenamed() throws {
    let path = folder.path
    try folder.make(Self.old(), shards: 2)
    let generator = try folder.generator(Self.new(), shards: 2, policy: .replace)
    let publication = try #require(try generator.prepare().publication)
    let (index, shards) = (generator.names.path, (0..<2).map { generator.names.shard($0) })
    let expected: [Publication.Step] =
      [.syncFolder(path)]
      + shards.map { .link(OutputNames.partial($0), OutputNames.link($0)) } + [.syncFolder(path)]
      + [.rename(OutputNames.link(index), to: index), .syncFolder(path)]
      + shards.map { .takeName($0) } + [.syncFolder(path)]
      + [.takeName(index), .syncFolder(path)]
      + shards.map { .remove(OutputNames.link($0)) } + [.syncFolder(path)]
    #expect(publication.steps == expected)
  }

  /// Each task has its own shards and does not know when the others are finished.
  @Test func taskRemovesThePreviousIndexFirst() throws {
    let path = folder.path
    try folder.make(Self.old(), shards: 2)
    let task = DatasetGenerator.ArrayTask(index: 1, count: 2)
    let generator = try folder.generator(Self.new(), shards: 2, task: task, policy: .replace)
    let publication = try #require(try generator.prepare().publication)
    let expected: [Publication.Step] = [
      .syncFolder(path), .remove(generator.names.path), .syncFolder(path), .takeName(generator.names.shard(1)),
      .syncFolder(path),
    ]
    #expect(publication.steps == expected)
  }

  @Test(arguments: 1...8)
  func interruptedPublicationIsReplacedByAnotherDataset(steps: Int) throws {
    try folder.make(Self.old(), shards: 2)
    _ = try folder.publish(Self.new(), shards: 2, policy: .replace, steps: steps)
    let third = try Recipe.small(seed: 3, samples: 6)
    // A crash before the publication must not show the dataset under other labels.
    let generator = try folder.generator(third, shards: 2, policy: .replace)
    _ = try generator.prepare()
    if let reader = try? DatasetReader(folder("data.h5")) { #expect(reader.recipe != third) }
    try folder.make(third, shards: 2, policy: .replace)
    #expect(try folder.files == DatasetFolder.files(of: third, shards: 2))
  }

  @Test func interruptedPublicationIsFinishedNotRepaired() throws {
    try folder.make(Self.old(), shards: 3)
    _ = try folder.publish(Self.new(), shards: 3, policy: .replace, steps: 8)
    #expect(try folder.names.contains("data-00002-of-00003.h5.partial"))
    let error = try #require(throws: DatasetError.self) {
      try DatasetRepairer(folder("data.h5"), threads: 1).run()
    }
    #expect(error.code == .unfinished && error.message.contains("--shards 3 --out \(folder("data.h5")) --resume"))
  }

  @Test func previousShardsAreRemovedAfterTheNewDatasetIsPublished() throws {
    let path = folder.path
    try folder.make(Self.old(), shards: 2)
    let generator = try folder.generator(Self.new(), policy: .replace)
    let publication = try #require(try generator.prepare().publication)
    let names = OutputNames(path: folder("data.h5"), shardCount: 2)
    let expected: [Publication.Step] = [
      .syncFolder(path), .takeName(names.path), .syncFolder(path), .removeLeftover(names.shard(0)),
      .removeLeftover(names.shard(1)), .syncFolder(path),
    ]
    #expect(publication.steps == expected)
  }

  @Test func halfPublishedDatasetReportsHowToFinishIt() throws {
    try folder.make(Self.old(), shards: 3)
    // As by one task of several.
    let task = DatasetGenerator.ArrayTask(index: 0, count: 1)
    _ = try folder.publish(Self.new(), shards: 3, task: task, policy: .replace, steps: 4)
    #expect(try folder.names.contains("data-00001-of-00003.h5.partial"))
    let error = try #require(throws: DatasetError.self) { try DatasetReader(folder("data.h5")) }
    #expect(error.code == .unfinished)
    let command = "gpgen --recipe \(folder("data-00000-of-00003.h5")) --shards 3 --out \(folder("data.h5")) --resume"
    #expect(error.message.hasSuffix("10 of 10 samples; finish it with: \(command)"), "\(error.message)")
    let verdict = try DatasetVerifier(folder("data.h5"), threads: 1).run()
    #expect(verdict.unfinished == error.message)
    #expect(verdict.text.hasSuffix(error.message))
  }

  /// The index would show new pixels, or none, under the labels of the previous dataset.
  @Test(arguments: [(DatasetGenerator.Policy.replace, 2), (.replace, 1), (.resume, 2)])
  func shardsOfARenamedIndexAreNotReplaced(policy: DatasetGenerator.Policy, shards: Int) throws {
    try folder.make(Self.old(), shards: 2)
    try FileManager.default.moveItem(atPath: folder("data.h5"), toPath: folder("other.h5"))
    try folder.make(.small(), "bystander.h5", shards: 2)
    let before = try folder.files
    let recipe = try policy == .replace ? Self.new() : Self.old(samples: 20)
    let generator = try folder.generator(recipe, shards: shards, policy: policy)
    let error = try #require(throws: DatasetError.self) { try generator.run() }
    #expect(error.code == .outputExists && generator.refusal?.message == error.message)
    #expect(error.message.hasPrefix("\(folder("other.h5")): is an index of the shards to be replaced"))
    #expect(try folder.files == before)
    try folder.remove("other.h5")
    #expect(try generator.run().progress.total == recipe.samples)
  }

  /// Its index refers to links to the new shards, which readers follow and a repair would mistake for damage.
  @Test func verifierAndRepairReportHowToFinishADatasetOfLinks() throws {
    try folder.make(Self.old(), shards: 3)
    _ = try folder.publish(Self.new(), shards: 3, policy: .replace, steps: 6)
    #expect(try DatasetReader(folder("data.h5")).recipe == Self.new())
    let refusal = try #require(throws: DatasetError.self) { try DatasetRepairer(folder("data.h5"), threads: 1).run() }
    #expect(refusal.code == .unfinished)
    let verdict = try DatasetVerifier(folder("data.h5"), threads: 1).run()
    #expect(!verdict.ok && verdict.unfinished == refusal.message, "\(verdict.text)")
  }

  @Test func unremovableIndexLeavesThePreviousDataset() throws {
    try folder.make(Self.old(), shards: 2)
    let before = try folder.files
    let step = Publication.Step.remove(folder.path)
    #expect(try #require(throws: DatasetError.self) { try step.run() }.code == .fileSystem)
    #expect(try folder.files == before)
  }

  /// A crash of one task, just before or after the previous dataset's index is removed.
  @Test func replacingTaskIsResumedAfterACrashAtAnyStep() throws {
    let expected = try DatasetFolder.files(of: Self.new(), shards: 4)
    let tasks = (0..<2).map { DatasetGenerator.ArrayTask(index: $0, count: 2) }
    var (step, count) = (0, 0)
    repeat {
      try folder.clear()
      try folder.make(Self.old(), shards: 4)
      count = try folder.publish(Self.new(), shards: 4, task: tasks[0], policy: .replace, steps: step)
      if let reader = try? DatasetReader(folder("data.h5")) { #expect(try reader.recipe == Self.old()) }
      #expect(try folder.make(Self.new(), shards: 4, task: tasks[0], policy: .resume).progress.kept == 5)
      #expect(throws: DatasetError.self) { try DatasetReader(folder("data.h5")) }
      try folder.make(Self.new(), shards: 4, task: tasks[1], policy: .replace)
      #expect(try !DatasetIndex.create(at: folder("data.h5"), replace: false).wasFinished)
      #expect(try folder.files == expected, "step \(step)")
      step += 1
    } while step <= count
    #expect(count >= 5)
  }

  /// Otherwise the task's shards would appear under the index of another dataset.
  @Test func taskBesideAnotherDatasetsIndexIsRefused() throws {
    try folder.make(Self.old(), shards: 2)
    try folder.remove("data-00000-of-00002.h5")
    let before = try folder.files
    let task = DatasetGenerator.ArrayTask(index: 0, count: 2)
    let error = try #require(throws: DatasetError.self) {
      try folder.make(Self.new(), shards: 2, task: task, policy: .resume)
    }
    #expect(error.code == .outputExists && error.message.contains("data.h5: belongs to another finished dataset"))
    #expect(try folder.files == before)
  }
}
