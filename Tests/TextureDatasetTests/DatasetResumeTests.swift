import Foundation
import Testing

@testable import TextureDataset

/// Interrupted and resumed runs.
@Suite struct DatasetResumeTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  /// The error that a body throws.
  private func failure(_ body: () throws -> Void) throws -> DatasetError {
    try #require(throws: DatasetError.self, performing: body)
  }

  @Test(arguments: [0, 1, 4, 9, 10], [1, 3])
  func resumedRunMatchesAnUninterruptedOne(after samples: Int, shards: Int) throws {
    let recipe = try Recipe.small()
    try folder.interrupt(recipe, shards: shards, after: samples)
    #expect(try folder.names.allSatisfy { $0.hasSuffix(".partial") })
    let reports = Counter()
    let generator = try folder.generator(recipe, shards: shards, policy: .resume)
    let summary = try generator.run(report: { progress in
      _ = reports.next()
      #expect(progress.kept == samples)
    })
    #expect(reports.value > 0)
    #expect(summary.progress.kept == samples && summary.progress.made == 10 - samples && summary.progress.total == 10)
    #expect(summary.progress.bytes == (10 - samples) * 1024)
    #expect(!summary.wasFinished)
    #expect(try folder.files == DatasetFolder.files(of: recipe, shards: shards))
  }

  /// Stopped within a sample, at any call of `shouldContinue`.
  @Test(arguments: Array(stride(from: 1, through: 91, by: 5)), [1, 3])
  func runStoppedAtAnyTimeIsResumed(questions: Int, threads: Int) throws {
    let recipe = try Recipe.small(standardize: true, samples: 8)
    let asked = Counter()
    let generator = try folder.generator(recipe, shards: 2, threads: threads)
    let error = try failure { _ = try generator.run(shouldContinue: { asked.next() < questions }) }
    #expect(error.code == .interrupted)
    // The run may stop before the second shard begins.
    let begun = (0..<2).map { OutputNames.partial(generator.names.shard($0)) }.filter {
      FileManager.default.fileExists(atPath: $0)
    }
    #expect(questions == 1 || begun.count == 2)
    let finished = try begun.reduce(0) { try $0 + ShardHeader(reading: $1).checksums().count { $0 != 0 } }
    #expect(try folder.make(recipe, shards: 2, policy: .resume).progress.kept == finished)
    #expect(try folder.files == DatasetFolder.files(of: recipe, shards: 2))
  }

  @Test func singleFalseStopsTheRun() throws {
    let recipe = try Recipe.small(samples: 8)
    let expected = try DatasetFolder.files(of: recipe)
    for question in 1...60 {
      let asked = Counter()
      let generator = try folder.generator(recipe, policy: .resume, threads: 1)
      let error = try failure { _ = try generator.run(shouldContinue: { asked.next() != question }) }
      #expect(error.code == .interrupted)
      try folder.make(recipe, policy: .resume)
      #expect(try folder.files == expected, "question \(question)")
      try folder.remove("data.h5")
    }
  }

  @Test func repeatedlyInterruptedRunIsFinished() throws {
    let recipe = try Recipe.small()
    try folder.interrupt(recipe, shards: 3, after: 2)
    for kept in [2, 4, 6] {
      #expect(try unfinishedSamples(shards: 3) == 10 - kept)
      try folder.interrupt(recipe, shards: 3, policy: .resume, after: 2)
    }
    #expect(try folder.make(recipe, shards: 3, policy: .resume).progress.kept == 8)
    #expect(try folder.files == DatasetFolder.files(of: recipe, shards: 3))
  }

  private func unfinishedSamples(shards: Int) throws -> Int {
    let names = OutputNames(path: folder("data.h5"), shardCount: shards)
    return try (0..<shards).reduce(0) { sum, shard in
      try sum + ShardHeader(reading: OutputNames.partial(names.shard(shard))).checksums().count { $0 == 0 }
    }
  }

  @Test(arguments: [1, 3])
  func resumingNothingGeneratesEverything(shards: Int) throws {
    let summary = try folder.make(.small(), shards: shards, policy: .resume)
    #expect(summary.progress.kept == 0 && summary.progress.made == 10 && !summary.wasFinished)
    #expect(try folder.files == DatasetFolder.files(of: .small(), shards: shards))
  }

  @Test(arguments: [1, 3])
  func resumingAFinishedOutputReportsSo(shards: Int) throws {
    try folder.make(.small(), shards: shards)
    let before = try folder.files
    let summary = try folder.make(.small(), shards: shards, policy: .resume)
    #expect(summary.wasFinished)
    #expect(summary.progress.made == 0 && summary.progress.kept == 10 && summary.progress.bytes == 0)
    #expect(summary.files.last == folder("data.h5"))
    #expect(try folder.files == before)
  }

  /// The state after a run is killed between its renames.
  @Test(arguments: ["data-00001-of-00003.h5", "data.h5"])
  func runKilledWhileRenamingIsResumed(unrenamed: String) throws {
    let recipe = try Recipe.small()
    try folder.make(recipe, shards: 3)
    let before = try folder.files
    try FileManager.default.moveItem(atPath: folder(unrenamed), toPath: folder(unrenamed + ".partial"))
    if unrenamed != "data.h5" {
      try folder.remove("data.h5")
      try folder.write("", to: "data.h5.partial")
    }
    let summary = try folder.make(recipe, shards: 3, policy: .resume)
    #expect(summary.progress.kept == 10 && summary.progress.made == 0)
    #expect(try folder.files == before)
  }

  @Test func missingShardIsRegeneratedOnResume() throws {
    let recipe = try Recipe.small()
    try folder.make(recipe, shards: 3)
    let before = try folder.files
    try folder.remove("data-00001-of-00003.h5")
    #expect(try folder.make(recipe, shards: 3, policy: .resume).progress.kept == 7)
    #expect(try folder.files == before)
  }

  private static let otherRecipes: [(key: String, recipe: @Sendable () throws -> Recipe)] = [
    ("side", { try .small(side: 17) }),
    ("length_scales", { try .small(lengthScales: [[1, 1.25], [3, 4]]) }),
    ("weights", { try .small(weights: [1, 1]) }),
    ("standardize", { try .small(standardize: true) }),
    ("dtype", { try .small(dtype: .float16) }),
    ("seed", { try .small(seed: 8) }),
    ("side, seed", { try .small(side: 17, seed: 8) }),
  ]

  @Test(arguments: 0..<otherRecipes.count, [false, true])
  func resumingWithAnotherRecipeIsRefusedAndNamesTheKey(index: Int, finished: Bool) throws {
    let (key, recipe) = Self.otherRecipes[index]
    if finished { try folder.make(.small()) } else { try folder.interrupt(.small(), after: 3) }
    let before = try folder.files
    let other = try recipe()
    let error = try failure { try folder.make(other, policy: .resume) }
    #expect(error.code == .outputExists)
    #expect(error.message.contains("its recipe differs in \(key);"), "\(error.message)")
    #expect(try folder.files == before)
  }

  @Test(arguments: [(1, 3), (3, 1), (2, 3)])
  func resumingWithAnotherNumberOfShardsIsRefused(there: Int, asked: Int) throws {
    try folder.make(.small(), shards: there)
    let before = try folder.files
    for recipe in [try Recipe.small(), try Recipe.small(seed: 8)] {
      let error = try failure { try folder.make(recipe, shards: asked, policy: .resume) }
      #expect(error.code == .outputExists)
      #expect(try folder.files == before)
    }
  }

  /// Some shards are resumed and others begun before the one of another recipe is found.
  @Test func resumeRefusedHalfwayLeavesNothingNew() throws {
    let task = DatasetGenerator.ArrayTask(index: 1, count: 2)
    try folder.interrupt(.small(seed: 8), shards: 2, task: task, after: 2)
    let before = try folder.files
    #expect(try failure { try folder.make(.small(), shards: 2, policy: .resume) }.code == .outputExists)
    #expect(try folder.files == before)
  }

  @Test func unfinishedGarbageIsReplaced() throws {
    let recipe = try Recipe.small()
    let expected = try DatasetFolder.files(of: recipe)
    for garbage in ["", "garbage", String(repeating: "garbage ", count: 10_000)] {
      try folder.write(garbage, to: "data.h5.partial")
      #expect(try folder.make(recipe, policy: .resume).progress.kept == 0)
      #expect(try folder.files == expected)
      try folder.remove("data.h5")
    }
  }

  /// Without checksums, it is unknown which samples a file contains.
  @Test func unfinishedFileTruncatedBeforeItsChecksumsIsReplaced() throws {
    let recipe = try Recipe.small()
    let expected = try DatasetFolder.files(of: recipe)
    for length in [1, 100, nil] {
      try folder.interrupt(recipe, after: 5)
      let length = try length ?? ShardHeader(reading: folder("data.h5.partial")).layout.checksumOffset
      truncate(folder("data.h5.partial"), off_t(length))
      #expect(try folder.make(recipe, policy: .resume).progress.kept == 0, "\(length) bytes")
      #expect(try folder.files == expected)
      try folder.remove("data.h5")
    }
  }

  /// The state after a kill between the library's last two writes: all datasets, and some extra bytes.
  @Test func unfinishedFileWithAnUnclosedStructureIsReplaced() throws {
    let recipe = try Recipe.small()
    let expected = try DatasetFolder.files(of: recipe)
    try folder.begin(recipe)
    var bytes = try folder.data("data.h5.partial")
    bytes[11] = 1
    bytes += Data(count: 512)
    try bytes.write(to: URL(filePath: folder("data.h5.partial")))
    #expect(try folder.make(recipe, policy: .resume).progress.kept == 0)
    #expect(try folder.files == expected)
  }

  @Test(arguments: [1, 48, 2_000, 4_096])
  func unfinishedIndexIsReplaced(length: Int) throws {
    let recipe = try Recipe.small()
    try folder.make(recipe, shards: 2)
    let expected = try folder.files
    try FileManager.default.moveItem(atPath: folder("data.h5"), toPath: folder("data.h5.partial"))
    truncate(folder("data.h5.partial"), off_t(length))
    try folder.make(recipe, shards: 2, policy: .resume)
    #expect(try folder.files == expected)
  }

  @Test(arguments: [Recipe.DType.float32, .float16])
  func sampleWithAFlippedBitIsRegenerated(dtype: Recipe.DType) throws {
    let recipe = try Recipe.small(dtype: dtype)
    try folder.interrupt(recipe, after: 6)
    let header = try ShardHeader(reading: folder("data.h5.partial"))
    let size = ShardStructure.bytesPerSample(of: recipe)
    try folder.flipByte(of: "data.h5.partial", at: header.layout.imageOffset)
    try folder.flipByte(of: "data.h5.partial", at: header.layout.imageOffset + 5 * size - 1)
    try folder.flipByte(of: "data.h5.partial", at: header.layout.checksumOffset + 4 * 2)
    #expect(try folder.make(recipe, policy: .resume).progress.kept == 3)
    #expect(try folder.files == DatasetFolder.files(of: recipe))
  }

  /// As left by a machine that rounds differently: a sample of different bits with a matching checksum.
  @Test func otherRoundingIsRefusedUnlessAllowed() throws {
    let recipe = try Recipe.small()
    let other = try DatasetFolder()
    try other.interrupt(recipe, after: 4)
    try folder.interrupt(recipe, after: 4)
    let header = try ShardHeader(reading: folder("data.h5.partial"))
    var checksums = try header.checksums()
    try folder.flipByte(of: "data.h5.partial", at: header.layout.imageOffset)
    var bytes = try folder.data("data.h5.partial")
    var checksum = CRC32C()
    bytes[header.layout.imageOffset..<header.layout.imageOffset + 1024].withUnsafeBytes { checksum.update($0) }
    checksums[0] = checksum.value
    checksums.withUnsafeBytes {
      bytes.replaceSubrange(header.layout.checksumOffset..<header.layout.checksumOffset + 40, with: $0)
    }
    try bytes.write(to: URL(filePath: folder("data.h5.partial")))

    let error = try failure { try folder.make(recipe, policy: .resume) }
    #expect(error.code == .roundingDiffers)
    #expect(error.message.contains("regenerating sample 0 on this machine gives different last bits"))
    #expect(error.message.contains("--allow-rounding"))
    #expect(try folder.data("data.h5.partial") == bytes)

    let generator = try DatasetGenerator(
      recipe: recipe, names: OutputNames(path: folder("data.h5"), shardCount: 1), policy: .resume, threads: 1,
      allowRounding: true)
    #expect(try generator.run().progress.kept == 4)
    let images = try folder.images()
    #expect(try images.dropFirst() == uninterruptedImages(recipe).dropFirst())
    #expect(try images[0] != uninterruptedImages(recipe)[0])
  }

  private func uninterruptedImages(_ recipe: Recipe) throws -> [Data] {
    let other = try DatasetFolder()
    try other.make(recipe)
    return try other.images()
  }
}
