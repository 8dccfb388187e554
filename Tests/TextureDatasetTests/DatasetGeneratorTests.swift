import Foundation
import Testing

@testable import TextureDataset

@Suite struct DatasetGeneratorTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  /// The error that a body throws.
  private func failure(_ body: () throws -> Void) throws -> DatasetError {
    try #require(throws: DatasetError.self, performing: body)
  }

  // MARK: Reporting

  @Test func summaryReportsWhatWasGenerated() throws {
    let summary = try folder.make(.small(), shards: 2)
    #expect(summary.files == ["data-00000-of-00002.h5", "data-00001-of-00002.h5", "data.h5"].map { folder($0) })
    #expect(summary.progress.made == 10 && summary.progress.kept == 0 && summary.progress.total == 10)
    #expect(summary.progress.bytes == 10 * 16 * 16 * 4)
    #expect(!summary.wasFinished && summary.notes.isEmpty)
  }

  @Test func progressEndsAtTheTotal() throws {
    let (reports, maximum) = (Counter(), Counter())
    let generator = try folder.generator(.small(), threads: 1)
    _ = try generator.run(report: { progress in
      _ = reports.next()
      #expect(progress.total == 10 && progress.kept == 0)
      #expect(progress.made >= maximum.value)
      maximum.value = progress.made
    })
    #expect(maximum.value == 10)
    #expect(reports.value > 10)
  }

  @Test(arguments: [1, 2, 5])
  func estimatedBytesBoundTheFiles(shards: Int) throws {
    let generator = try folder.generator(.small(side: 64, samples: 50), shards: shards)
    let promised = generator.bytes
    let files = try generator.run().files.filter { $0 != generator.names.index }
    let taken = try files.reduce(0) { try $0 + Data(contentsOf: URL(filePath: $1)).count }
    #expect(Double(taken) < 1.5 * Double(promised) && taken >= 50 * 64 * 64 * 4)
  }

  // MARK: Refusing

  @Test(arguments: [1, 3])
  func finishedOutputIsRefused(shards: Int) throws {
    try folder.make(.small(), shards: shards)
    let before = try folder.files
    let error = try failure { try folder.make(.small(), shards: shards) }
    #expect(error.code == .outputExists)
    #expect(error.message.contains("exists; use --force to replace it, or choose another --out"))
    #expect(try folder.files == before)
  }

  @Test(arguments: [1, 3])
  func unfinishedOutputIsRefused(shards: Int) throws {
    try folder.interrupt(.small(), shards: shards, after: 2)
    let before = try folder.files
    let error = try failure { try folder.make(.small(), shards: shards) }
    #expect(error.code == .outputExists)
    #expect(error.message.contains(".partial: is unfinished; use --resume to continue it, or --force to start over"))
    #expect(try folder.files == before)
  }

  @Test(arguments: [(2, 1), (1, 2), (3, 2)])
  func outputOfAnotherNumberOfShardsIsRefused(there: Int, asked: Int) throws {
    try folder.make(.small(), shards: there)
    let before = try folder.files
    #expect(try failure { try folder.make(.small(), shards: asked) }.code == .outputExists)
    #expect(try folder.files == before)
    // The index alone may be missing.
    if there > 1 {
      try folder.remove("data.h5")
      let error = try failure { try folder.make(.small(), shards: asked) }
      #expect(error.code == .outputExists)
      #expect(error.message.contains("data-00000-of-0000\(there).h5: is a shard of a dataset of the same name"))
    }
  }

  @Test(arguments: [DatasetGenerator.Policy.refuse, .resume, .replace], [1, 2])
  func missingFolderIsCreated(policy: DatasetGenerator.Policy, shards: Int) throws {
    try folder.make(.small(), "missing/more/data.h5", shards: shards, policy: policy)
    #expect(FileManager.default.fileExists(atPath: folder("missing/more/data.h5")))
  }

  @Test(
    .enabled(if: geteuid() != 0, "the superuser may write anywhere"),
    arguments: [DatasetGenerator.Policy.refuse, .resume, .replace])
  func unwritableFolderIsRefused(policy: DatasetGenerator.Policy) throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path) }
    let error = try failure { try folder.make(.small(), policy: policy) }
    #expect(error.code == .fileSystem)
    #expect(error.message.contains("is not writable; choose another --out"))
    #expect(try folder.names.isEmpty)
  }

  @Test(arguments: [DatasetGenerator.Policy.refuse, .resume, .replace])
  func folderInPlaceOfTheOutputIsRefused(policy: DatasetGenerator.Policy) throws {
    for name in ["data.h5", "data-00001-of-00002.h5", "data.h5.partial"] {
      try FileManager.default.createDirectory(atPath: folder(name), withIntermediateDirectories: false)
      let error = try failure { try folder.make(.small(), shards: 2, policy: policy) }
      #expect(error.code == .outputExists)
      #expect(error.message == "\(folder(name)): exists and is not a file; choose another --out")
      #expect(try folder.names == [name])
      try folder.remove(name)
    }
  }

  @Test func moreShardsThanSamplesAreRefused() throws {
    let error = try failure { _ = try folder.generator(.small(samples: 3), shards: 4) }
    #expect(error.code == .invalidRecipe)
    #expect(error.message == "4 shards for 3 samples: expected at most one shard per sample")
    try folder.make(.small(samples: 3), shards: 3)
  }

  @Test func moreTasksThanShardsAreRefused() throws {
    let task = DatasetGenerator.ArrayTask(index: 0, count: 4)
    let error = try failure { _ = try folder.generator(.small(), shards: 3, task: task) }
    #expect(error.code == .invalidRecipe)
    #expect(error.message == "4 tasks for 3 shards: expected at least one shard per task")
  }

  @Test func tooLargeAFileIsRefused() throws {
    let error = try failure {
      _ = try folder.generator(
        Recipe(side: 32768, lengthScales: [[4000]], weights: [1], samples: 4_294_967_295), shards: 1)
    }
    #expect(error.code == .invalidRecipe)
    #expect(error.message.contains("more than a file can hold"))
  }

  /// 12 TiB; skipped on machines that have that much.
  @Test(arguments: [DatasetGenerator.Policy.refuse, .resume, .replace], [1, 2])
  func lackOfDiskSpaceIsReportedBeforeWriting(policy: DatasetGenerator.Policy, shards: Int) throws {
    let recipe = try Recipe.small(side: 4096, lengthScales: [[400], [900]], samples: 200_000)
    let generator = try folder.generator(recipe, shards: shards, policy: policy)
    let error = try failure { _ = try generator.run() }
    #expect(error.code == .diskFull)
    #expect(error.message.contains("needs 12.2 TiB, but only "))
    #expect(error.message.contains(" is free in \(folder.path)"))
    #expect(try folder.names.isEmpty)
  }

  /// A name that is too long fails when the first file is created.
  @Test(arguments: [DatasetGenerator.Policy.refuse, .resume, .replace], [1, 2])
  func invalidFileNameLeavesNothing(policy: DatasetGenerator.Policy, shards: Int) throws {
    let name = String(repeating: "n", count: 249)
    let error = try failure { try folder.make(.small(), name, shards: shards, policy: policy) }
    #expect(error.code == .fileSystem)
    #expect(try folder.names.isEmpty)
  }

  // MARK: Replacing

  @Test(arguments: [(1, 1), (3, 3), (4, 2), (2, 4), (1, 3), (3, 1)])
  func replacingLeavesOnlyTheNewDataset(old: Int, new: Int) throws {
    try folder.make(.small(seed: 1), shards: old)
    try folder.make(.small(seed: 2), shards: new, policy: .replace)
    #expect(try folder.files == DatasetFolder.files(of: .small(seed: 2), shards: new))
  }

  @Test(arguments: [(1, 1), (3, 3), (4, 2), (1, 3), (3, 1)])
  func replacingKeepsTheOldDatasetUntilItSucceeds(old: Int, new: Int) throws {
    try folder.make(.small(seed: 1), shards: old)
    let before = try folder.files
    try folder.interrupt(.small(seed: 2), shards: new, policy: .replace, after: 4)
    #expect(try folder.files.filter { !$0.key.hasSuffix(".partial") } == before)
    try folder.make(.small(seed: 2), shards: new, policy: .replace)
    #expect(try folder.files == DatasetFolder.files(of: .small(seed: 2), shards: new))
  }

  @Test func replacingDiscardsUnfinishedFiles() throws {
    try folder.interrupt(.small(seed: 1), after: 4)
    let summary = try folder.make(.small(seed: 2), policy: .replace)
    #expect(summary.progress.kept == 0)
    #expect(try folder.files == DatasetFolder.files(of: .small(seed: 2)))
  }

  @Test func interruptedReplacementIsResumed() throws {
    try folder.make(.small(seed: 1), shards: 2)
    try folder.interrupt(.small(seed: 2), shards: 2, policy: .replace, after: 4)
    #expect(try folder.make(.small(seed: 2), shards: 2, policy: .resume).progress.kept == 4)
    #expect(try folder.files == DatasetFolder.files(of: .small(seed: 2), shards: 2))
  }

  @Test func replacingRemovesUnfinishedShardsOfAnotherCount() throws {
    try folder.interrupt(.small(seed: 1), shards: 4, after: 4)
    try folder.make(.small(seed: 2), policy: .replace)
    #expect(try folder.files == DatasetFolder.files(of: .small(seed: 2)))
  }

  @Test func replacingLeavesForeignFilesAlone() throws {
    try folder.make(.small(seed: 1), shards: 3)
    try folder.write("notes", to: "data-00000-of-00009.h5")
    try folder.write("notes", to: "data-00000-of-00003.h5.txt")
    try folder.write("notes", to: "database-00000-of-00003.h5")
    try folder.make(.small(seed: 2), policy: .replace)
    #expect(
      try folder.names == [
        "data-00000-of-00003.h5.txt", "data-00000-of-00009.h5", "data.h5", "database-00000-of-00003.h5",
      ])
    #expect(try folder.data("data-00000-of-00009.h5") == Data("notes".utf8))
  }
}
