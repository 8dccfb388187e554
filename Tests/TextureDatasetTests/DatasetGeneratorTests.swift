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

  /// The files of an uninterrupted run.
  private func uninterrupted(_ recipe: Recipe, shards: Int = 1) throws -> [String: Data] {
    let other = try DatasetFolder()
    try other.make(recipe, shards: shards)
    return try other.files
  }

  // MARK: What a run says

  @Test func summarySaysWhatWasMade() throws {
    let summary = try folder.make(.small(), shards: 2)
    #expect(summary.files == ["data-00000-of-00002.h5", "data-00001-of-00002.h5", "data.h5"].map { folder($0) })
    #expect(summary.progress.made == 10 && summary.progress.kept == 0 && summary.progress.total == 10)
    #expect(summary.progress.bytes == 10 * 16 * 16 * 4)
    #expect(!summary.wasFinished && summary.notes.isEmpty)
  }

  @Test func progressEndsAtTheTotal() throws {
    let (reports, greatest) = (Counter(), Counter())
    let generator = try folder.generator(.small(), threads: 1)
    _ = try generator.run(report: { progress in
      _ = reports.next()
      #expect(progress.total == 10 && progress.kept == 0)
      #expect(progress.made >= greatest.value)
      greatest.value = progress.made
    })
    #expect(greatest.value == 10)
    #expect(reports.value > 10)
  }

  @Test(arguments: [1, 2, 5])
  func bytesOfADryRunAreEnough(shards: Int) throws {
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
      #expect(error.message.contains("data-00000-of-0000\(there).h5: is a shard of the same name"))
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
  func folderOfTheOutputsNameIsRefused(policy: DatasetGenerator.Policy) throws {
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
    #expect(error.message == "4 shards for 3 samples: expected at most one shard a sample")
    try folder.make(.small(samples: 3), shards: 3)
  }

  @Test func moreTasksThanShardsAreRefused() throws {
    let task = DatasetGenerator.Task(index: 0, count: 4)
    let error = try failure { _ = try folder.generator(.small(), shards: 3, task: task) }
    #expect(error.code == .invalidRecipe)
    #expect(error.message == "4 tasks for 3 shards: expected at least one shard a task")
  }

  @Test func moreThanAFileCanHoldIsRefused() throws {
    let error = try failure {
      _ = try folder.generator(
        Recipe(side: 32768, lengthScales: [[4000]], weights: [1], samples: 4_294_967_295), shards: 1)
    }
    #expect(error.code == .invalidRecipe)
    #expect(error.message.contains("more than a file can hold"))
  }

  /// 12 TiB, which leaves out the machines that have as much.
  @Test(arguments: [DatasetGenerator.Policy.refuse, .resume, .replace], [1, 2])
  func littleDiskIsSaidBeforeAnythingIsWritten(policy: DatasetGenerator.Policy, shards: Int) throws {
    let recipe = try Recipe.small(side: 4096, lengthScales: [[400], [900]], samples: 200_000)
    let generator = try folder.generator(recipe, shards: shards, policy: policy)
    let error = try failure { _ = try generator.run() }
    #expect(error.code == .diskFull)
    #expect(error.message.contains("needs 12.2 TiB, and "))
    #expect(error.message.contains(" are free in \(folder.path)"))
    #expect(try folder.names.isEmpty)
  }

  /// A name that is too long fails when the first file is made.
  @Test(arguments: [DatasetGenerator.Policy.refuse, .resume, .replace], [1, 2])
  func nameThatTheDiskRefusesLeavesNothing(policy: DatasetGenerator.Policy, shards: Int) throws {
    let name = String(repeating: "n", count: 249)
    let error = try failure { try folder.make(.small(), name, shards: shards, policy: policy) }
    #expect(error.code == .fileSystem)
    #expect(try folder.names.isEmpty)
  }

  // MARK: Replacing

  @Test(arguments: [(1, 1), (3, 3), (4, 2), (2, 4), (1, 3), (3, 1)])
  func replacingEndsInTheNewDatasetAlone(old: Int, new: Int) throws {
    try folder.make(.small(seed: 1), shards: old)
    try folder.make(.small(seed: 2), shards: new, policy: .replace)
    #expect(try folder.files == uninterrupted(.small(seed: 2), shards: new))
  }

  @Test(arguments: [(1, 1), (3, 3), (4, 2), (1, 3), (3, 1)])
  func replacingKeepsTheOldDatasetUntilItSucceeds(old: Int, new: Int) throws {
    try folder.make(.small(seed: 1), shards: old)
    let before = try folder.files
    try folder.interrupt(.small(seed: 2), shards: new, policy: .replace, after: 4)
    #expect(try folder.files.filter { !$0.key.hasSuffix(".partial") } == before)
    try folder.make(.small(seed: 2), shards: new, policy: .replace)
    #expect(try folder.files == uninterrupted(.small(seed: 2), shards: new))
  }

  @Test func replacingBeginsAnewWhatIsUnfinished() throws {
    try folder.interrupt(.small(seed: 1), after: 4)
    let summary = try folder.make(.small(seed: 2), policy: .replace)
    #expect(summary.progress.kept == 0)
    #expect(try folder.files == uninterrupted(.small(seed: 2)))
  }

  @Test func replacingThatWasInterruptedIsResumed() throws {
    try folder.make(.small(seed: 1), shards: 2)
    try folder.interrupt(.small(seed: 2), shards: 2, policy: .replace, after: 4)
    #expect(try folder.make(.small(seed: 2), shards: 2, policy: .resume).progress.kept == 4)
    #expect(try folder.files == uninterrupted(.small(seed: 2), shards: 2))
  }

  @Test func replacingRemovesUnfinishedShardsOfAnotherCount() throws {
    try folder.interrupt(.small(seed: 1), shards: 4, after: 4)
    try folder.make(.small(seed: 2), policy: .replace)
    #expect(try folder.files == uninterrupted(.small(seed: 2)))
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

  // MARK: Resuming

  @Test(arguments: [0, 1, 4, 9, 10], [1, 3])
  func resumedRunEndsInTheBytesOfAnUninterruptedOne(after samples: Int, shards: Int) throws {
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
    #expect(try folder.files == uninterrupted(recipe, shards: shards))
  }

  /// Stopped in the midst of a sample, wherever `goOn` is asked.
  @Test(arguments: Array(stride(from: 1, through: 91, by: 5)), [1, 3])
  func stopAtAnyMomentCanBeResumed(questions: Int, threads: Int) throws {
    let recipe = try Recipe.small(standardize: true, samples: 8)
    let asked = Counter()
    let generator = try folder.generator(recipe, shards: 2, threads: threads)
    let error = try failure { _ = try generator.run(goOn: { asked.next() < questions }) }
    #expect(error.code == .interrupted)
    // A stop may come before the second shard is begun.
    let begun = (0..<2).map { OutputNames.partial(generator.names.shard($0)) }.filter {
      FileManager.default.fileExists(atPath: $0)
    }
    #expect(questions == 1 || begun.count == 2)
    let finished = try begun.reduce(0) { try $0 + ShardHeader(reading: $1).checksums().count { $0 != 0 } }
    #expect(try folder.make(recipe, shards: 2, policy: .resume).progress.kept == finished)
    #expect(try folder.files == uninterrupted(recipe, shards: 2))
  }

  @Test func oneNoStopsForGood() throws {
    let recipe = try Recipe.small(samples: 8)
    let expected = try uninterrupted(recipe)
    for question in 1...60 {
      let asked = Counter()
      let generator = try folder.generator(recipe, policy: .resume, threads: 1)
      let error = try failure { _ = try generator.run(goOn: { asked.next() != question }) }
      #expect(error.code == .interrupted)
      try folder.make(recipe, policy: .resume)
      #expect(try folder.files == expected, "question \(question)")
      try folder.remove("data.h5")
    }
  }

  @Test func runInterruptedAgainAndAgainIsFinishedInTheEnd() throws {
    let recipe = try Recipe.small()
    try folder.interrupt(recipe, shards: 3, after: 2)
    for kept in [2, 4, 6] {
      #expect(try unfinishedSamples(shards: 3) == 10 - kept)
      try folder.interrupt(recipe, shards: 3, policy: .resume, after: 2)
    }
    #expect(try folder.make(recipe, shards: 3, policy: .resume).progress.kept == 8)
    #expect(try folder.files == uninterrupted(recipe, shards: 3))
  }

  private func unfinishedSamples(shards: Int) throws -> Int {
    let names = OutputNames(path: folder("data.h5"), shardCount: shards)
    return try (0..<shards).reduce(0) { sum, shard in
      try sum + ShardHeader(reading: OutputNames.partial(names.shard(shard))).checksums().count { $0 == 0 }
    }
  }

  @Test(arguments: [1, 3])
  func resumingNothingMakesAll(shards: Int) throws {
    let summary = try folder.make(.small(), shards: shards, policy: .resume)
    #expect(summary.progress.kept == 0 && summary.progress.made == 10 && !summary.wasFinished)
    #expect(try folder.files == uninterrupted(.small(), shards: shards))
  }

  @Test(arguments: [1, 3])
  func resumingAFinishedOutputSaysSo(shards: Int) throws {
    try folder.make(.small(), shards: shards)
    let before = try folder.files
    let summary = try folder.make(.small(), shards: shards, policy: .resume)
    #expect(summary.wasFinished)
    #expect(summary.progress.made == 0 && summary.progress.kept == 10 && summary.progress.bytes == 0)
    #expect(summary.files.last == folder("data.h5"))
    #expect(try folder.files == before)
  }

  /// As a run leaves it that is killed between its renames.
  @Test(arguments: ["data-00001-of-00003.h5", "data.h5"])
  func runKilledWhileItRenamedIsResumed(unrenamed: String) throws {
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

  @Test func missingShardIsMadeAgainUnderResume() throws {
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

  /// Some shards are resumed and others begun before the one of another recipe is met.
  @Test func resumeThatIsRefusedHalfwayLeavesNothingNew() throws {
    let task = DatasetGenerator.Task(index: 1, count: 2)
    try folder.interrupt(.small(seed: 8), shards: 2, task: task, after: 2)
    let before = try folder.files
    #expect(try failure { try folder.make(.small(), shards: 2, policy: .resume) }.code == .outputExists)
    #expect(try folder.files == before)
  }

  @Test func unfinishedFileThatIsGarbageIsBegunAnew() throws {
    let recipe = try Recipe.small()
    let expected = try uninterrupted(recipe)
    for garbage in ["", "garbage", String(repeating: "garbage ", count: 10_000)] {
      try folder.write(garbage, to: "data.h5.partial")
      #expect(try folder.make(recipe, policy: .resume).progress.kept == 0)
      #expect(try folder.files == expected)
      try folder.remove("data.h5")
    }
  }

  /// Without its checksums, nothing tells which samples a file holds.
  @Test func unfinishedFileThatWasCutOffBeforeItsChecksumsIsBegunAnew() throws {
    let recipe = try Recipe.small()
    let expected = try uninterrupted(recipe)
    for length in [1, 100, nil] {
      try folder.interrupt(recipe, after: 5)
      let length = try length ?? ShardHeader(reading: folder("data.h5.partial")).checksumOffset
      truncate(folder("data.h5.partial"), off_t(length))
      #expect(try folder.make(recipe, policy: .resume).progress.kept == 0, "\(length) bytes")
      #expect(try folder.files == expected)
      try folder.remove("data.h5")
    }
  }

  /// As a kill between the library's last two writes leaves it: with every dataset, and some bytes too many.
  @Test func unfinishedFileWhoseStructureWasNotClosedIsBegunAnew() throws {
    let recipe = try Recipe.small()
    let expected = try uninterrupted(recipe)
    try folder.begin(recipe)
    var bytes = try folder.data("data.h5.partial")
    bytes[11] = 1
    bytes += Data(count: 512)
    try bytes.write(to: URL(filePath: folder("data.h5.partial")))
    #expect(try folder.make(recipe, policy: .resume).progress.kept == 0)
    #expect(try folder.files == expected)
  }

  @Test(arguments: [1, 48, 2_000, 4_096])
  func unfinishedIndexIsBegunAnew(length: Int) throws {
    let recipe = try Recipe.small()
    try folder.make(recipe, shards: 2)
    let expected = try folder.files
    try FileManager.default.moveItem(atPath: folder("data.h5"), toPath: folder("data.h5.partial"))
    truncate(folder("data.h5.partial"), off_t(length))
    try folder.make(recipe, shards: 2, policy: .resume)
    #expect(try folder.files == expected)
  }

  @Test(arguments: [Recipe.DType.float32, .float16])
  func sampleWithAFlippedBitIsMadeAgain(dtype: Recipe.DType) throws {
    let recipe = try Recipe.small(dtype: dtype)
    try folder.interrupt(recipe, after: 6)
    let header = try ShardHeader(reading: folder("data.h5.partial"))
    let size = ShardStructure.bytesPerSample(of: recipe)
    try folder.flipByte(of: "data.h5.partial", at: header.imageOffset)
    try folder.flipByte(of: "data.h5.partial", at: header.imageOffset + 5 * size - 1)
    try folder.flipByte(of: "data.h5.partial", at: header.checksumOffset + 4 * 2)
    #expect(try folder.make(recipe, policy: .resume).progress.kept == 3)
    #expect(try folder.files == uninterrupted(recipe))
  }

  /// As a run leaves it on a machine that rounds otherwise: a sample whose checksum holds, of other bits.
  @Test func otherRoundingIsRefusedUnlessAllowed() throws {
    let recipe = try Recipe.small()
    let other = try DatasetFolder()
    try other.interrupt(recipe, after: 4)
    try folder.interrupt(recipe, after: 4)
    let header = try ShardHeader(reading: folder("data.h5.partial"))
    var checksums = try header.checksums()
    try folder.flipByte(of: "data.h5.partial", at: header.imageOffset)
    var bytes = try folder.data("data.h5.partial")
    var checksum = CRC32C()
    bytes[header.imageOffset..<header.imageOffset + 1024].withUnsafeBytes { checksum.update($0) }
    checksums[0] = checksum.value
    checksums.withUnsafeBytes { bytes.replaceSubrange(header.checksumOffset..<header.checksumOffset + 40, with: $0) }
    try bytes.write(to: URL(filePath: folder("data.h5.partial")))

    let error = try failure { try folder.make(recipe, policy: .resume) }
    #expect(error.code == .roundingDiffers)
    #expect(error.message.contains("sample 0 comes out with other last bits here"))
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

  // MARK: Two writers

  @Test(arguments: [DatasetGenerator.Policy.refuse, .resume, .replace], [1, 3])
  func secondWriterIsRefused(policy: DatasetGenerator.Policy, shards: Int) throws {
    let recipe = try Recipe.small()
    let reports = Counter()
    let (first, second) = (
      try folder.generator(recipe, shards: shards, threads: 1),
      try folder.generator(recipe, shards: shards, policy: policy, threads: 1)
    )
    _ = try first.run(report: { _ in
      // In the midst of the first run, begin a second.
      guard reports.next() == 5 else { return }
      let error = #expect(throws: DatasetError.self) { try second.run() }
      #expect(error?.code == .outputLocked)
      #expect(error?.message.contains("another process is writing it") == true)
    })
    #expect(reports.value > 5)
    #expect(try folder.files == uninterrupted(recipe, shards: shards))
  }

  @Test(arguments: [DatasetGenerator.Policy.refuse, .resume, .replace])
  func writerOfAllIsRefusedWhileATaskWrites(policy: DatasetGenerator.Policy) throws {
    let recipe = try Recipe.small()
    let reports = Counter()
    let task = DatasetGenerator.Task(index: 1, count: 2)
    let first = try folder.generator(recipe, shards: 4, task: task, threads: 1)
    let second = try folder.generator(recipe, shards: 4, policy: policy, threads: 1)
    let folder = folder
    _ = try first.run(report: { _ in
      guard reports.next() == 3 else { return }
      let error = #expect(throws: DatasetError.self) { try second.run() }
      #expect(error?.code == .outputLocked)
      #expect(
        (try? folder.names) == ["data-00002-of-00004.h5.partial", "data-00003-of-00004.h5.partial"],
        "the second leaves nothing of its own")
    })
    #expect(reports.value > 3)
    let expected = try uninterrupted(recipe, shards: 4)
    #expect(try folder.files == expected.filter { $0.key.contains("-00002-") || $0.key.contains("-00003-") })
  }

  @Test func lockIsGivenBack() throws {
    try folder.interrupt(.small(), shards: 2, after: 3)
    try folder.interrupt(.small(), shards: 2, policy: .resume, after: 3)
    try folder.make(.small(), shards: 2, policy: .replace)
    try folder.make(.small(), shards: 2, policy: .replace)
  }

  // MARK: Tasks

  @Test(arguments: [1, 2, 3, 5])
  func tasksMakeTheBytesOfOneRun(tasks: Int) throws {
    let recipe = try Recipe.small(samples: 13)
    var samples: [Int] = []
    for index in (0..<tasks).reversed() {
      let task = DatasetGenerator.Task(index: index, count: tasks)
      let generator = try folder.generator(recipe, shards: 5, task: task)
      #expect(!generator.shards.isEmpty)
      samples = Array(generator.samples) + samples
      let summary = try generator.run()
      #expect(summary.files == generator.shards.map { generator.names.shard($0) })
      #expect(summary.progress.total == generator.samples.count)
    }
    #expect(samples == Array(0..<13))
    let made = try DatasetIndex.create(at: folder("data.h5"), replace: false)
    #expect(made.recipe == recipe && made.names.shardCount == 5)
    #expect(try folder.files == uninterrupted(recipe, shards: 5))
  }

  @Test func taskIsInterruptedAndResumedByItself() throws {
    let recipe = try Recipe.small()
    let tasks = (0..<2).map { DatasetGenerator.Task(index: $0, count: 2) }
    try folder.interrupt(recipe, shards: 4, task: tasks[0], after: 2)
    try folder.make(recipe, shards: 4, task: tasks[1])
    #expect(try folder.make(recipe, shards: 4, task: tasks[0], policy: .resume).progress.kept == 2)
    #expect(try folder.make(recipe, shards: 4, task: tasks[1], policy: .resume).wasFinished)
    _ = try DatasetIndex.create(at: folder("data.h5"), replace: false)
    #expect(try folder.files == uninterrupted(recipe, shards: 4))
  }

  @Test func wholeRunFinishesWhatATaskBegan() throws {
    let recipe = try Recipe.small()
    try folder.make(recipe, shards: 4, task: DatasetGenerator.Task(index: 0, count: 2))
    #expect(try folder.make(recipe, shards: 4, policy: .resume).progress.kept == 5)
    #expect(try folder.files == uninterrupted(recipe, shards: 4))
  }
}
