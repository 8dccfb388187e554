import Foundation
import Testing

@testable import TextureDataset

/// A finished dataset of 10 samples that grows to 23.
@Suite struct DatasetGrowthTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  private func refusal(
    _ samples: Int, shards: Int = 1, task: DatasetGenerator.ArrayTask? = nil
  ) throws -> DatasetError {
    try #require(throws: DatasetError.self) {
      try folder.make(.small(samples: samples), shards: shards, task: task, policy: .resume)
    }
  }

  /// Grows the dataset and interrupts the run after some samples.
  private func interruptGrowth(_ recipe: Recipe, shards: Int, after samples: Int) throws {
    let done = Counter()
    let generator = try folder.generator(recipe, shards: shards, policy: .resume, threads: 1)
    let error = try #require(throws: DatasetError.self) {
      try generator.run(shouldContinue: { done.value < samples }, report: { done.value = $0.copied + $0.made })
    }
    #expect(error.code == .interrupted)
  }

  @Test(arguments: [1, 3], [Recipe.DType.float32, .float16])
  func grownDatasetMatchesAFreshOne(shards: Int, dtype: Recipe.DType) throws {
    let grown = try Recipe.small(dtype: dtype, samples: 23)
    try folder.make(.small(dtype: dtype), shards: shards)
    let generator = try folder.generator(grown, shards: shards, policy: .resume)
    #expect(generator.samplesToCopy == 10 && generator.refusal == nil)
    let progress = try generator.run().progress
    #expect(progress.copied == 10 && progress.made == 13 && progress.kept == 0 && progress.total == 23)
    #expect(progress.bytes == 13 * ShardStructure.bytesPerSample(of: grown))
    #expect(try folder.files == DatasetFolder.files(of: grown, shards: shards))
    #expect(try folder.make(grown, shards: shards, policy: .resume).wasFinished)
  }

  @Test(arguments: [1, 3, 10, 15], [1, 3])
  func interruptedGrowthKeepsTheOldDatasetAndFinishedSamples(after samples: Int, shards: Int) throws {
    let grown = try Recipe.small(samples: 23)
    try folder.make(.small(), shards: shards)
    let (before, images) = (try folder.files, try folder.images())
    try interruptGrowth(grown, shards: shards, after: samples)
    let left = try folder.files
    #expect(left.filter { !$0.key.hasSuffix(".partial") } == before)
    #expect(left.count > before.count)
    #expect(try folder.images() == images)
    #expect(try DatasetVerifier(folder("data.h5"), threads: 1).run().ok)
    let progress = try folder.make(grown, shards: shards, policy: .resume).progress
    #expect(progress.kept == samples)
    #expect(progress.copied == max(0, 10 - samples))
    #expect(try folder.files == DatasetFolder.files(of: grown, shards: shards))
  }

  @Test(arguments: [1, 3])
  func crashAtAnyStepOfThePublicationIsResumed(shards: Int) throws {
    let grown = try Recipe.small(samples: 23)
    let expected = try DatasetFolder.files(of: grown, shards: shards)
    var (step, count) = (0, 0)
    repeat {
      try folder.clear()
      try folder.make(.small(), shards: shards)
      let images = try folder.images()
      count = try folder.publish(grown, shards: shards, policy: .resume, steps: step)
      let reader = try DatasetReader(folder("data.h5"))
      let found = try folder.images()
      #expect(reader.recipe == grown ? Array(found.prefix(10)) == images && found.count == 23 : found == images)
      let progress = try folder.make(grown, shards: shards, policy: .resume).progress
      #expect(progress.kept == 23)
      #expect(try folder.files == expected, "step \(step)")
      step += 1
    } while step <= count
    #expect(count >= 3)
  }

  @Test func damagedSampleIsRegeneratedNotCopied() throws {
    let grown = try Recipe.small(samples: 23)
    try folder.make(.small(), shards: 2)
    try DatasetDamage.flip(folder("data-00000-of-00002.h5"), in: "image", at: 3 * 1024 + 77)
    try DatasetDamage.flip(folder("data-00001-of-00002.h5"), in: "crc32c", at: 9)
    let progress = try folder.make(grown, shards: 2, policy: .resume).progress
    #expect(progress.copied == 8 && progress.made == 15)
    #expect(try folder.files == DatasetFolder.files(of: grown, shards: 2))
  }

  /// The shards of tasks, without an index or with one shard lost.
  @Test(arguments: ["data.h5", "data-00001-of-00003.h5"])
  func incompleteDatasetGrows(missing: String) throws {
    let grown = try Recipe.small(samples: 23)
    try folder.make(.small(), shards: 3)
    try folder.remove(missing)
    let progress = try folder.make(grown, shards: 3, policy: .resume).progress
    #expect(progress.copied == (missing == "data.h5" ? 10 : 7))
    #expect(try folder.files == DatasetFolder.files(of: grown, shards: 3))
  }

  @Test func copyingSamplesWithOtherRoundingIsRefusedUnlessAllowed() throws {
    try folder.make(.small())
    // Different bits with a matching checksum, as from another machine.
    let header = try ShardHeader(reading: folder("data.h5"))
    try folder.flipByte(of: "data.h5", at: header.layout.imageOffset)
    var bytes = try folder.data("data.h5")
    var checksum = CRC32C()
    bytes[header.layout.imageOffset..<header.layout.imageOffset + 1024].withUnsafeBytes { checksum.update($0) }
    withUnsafeBytes(of: checksum.value.littleEndian) {
      bytes.replaceSubrange(header.layout.checksumOffset..<header.layout.checksumOffset + 4, with: $0)
    }
    try bytes.write(to: URL(filePath: folder("data.h5")))

    let error = try refusal(23)
    #expect(
      error.code == .roundingDiffers
        && error.message.contains("regenerating sample 0 on this machine gives different last bits"))
    #expect(try folder.files == ["data.h5": bytes])

    let images = try folder.images()
    let generator = try DatasetGenerator(
      recipe: .small(samples: 23), names: OutputNames(path: folder("data.h5"), shardCount: 1), policy: .resume,
      threads: 1, allowRounding: true)
    #expect(try generator.run().progress.copied == 10)
    #expect(try Array(folder.images().prefix(10)) == images)
  }

  /// A second run may have examined the files before the first one published its own, and lock them afterwards.
  @Test func shardReplacedAfterItsHeaderWasReadIsNotCopied() throws {
    try folder.make(.small(), shards: 2)
    let header = try ShardHeader(reading: folder("data-00001-of-00002.h5"))
    _ = try PreviousSamples([header])
    try folder.make(.small(samples: 23), shards: 2, policy: .resume)
    let error = try #require(throws: DatasetError.self) { _ = try PreviousSamples([header]) }
    #expect(error.code == .outputLocked && error.message.contains("another process has just replaced it"))
  }

  // MARK: Refusing

  @Test(arguments: [1, 3])
  func shrinkingIsRefused(shards: Int) throws {
    try folder.make(.small(), shards: shards)
    let before = try folder.files
    let error = try refusal(9, shards: shards)
    #expect(error.code == .outputExists)
    #expect(
      error.message.hasSuffix(
        "belongs to a finished dataset of 10 samples, which cannot shrink to 9; use --samples 10, or --force to replace it"
      ))
    #expect(try folder.files == before)
  }

  @Test(arguments: [(1, 3), (3, 1), (2, 3)])
  func growingIntoAnotherNumberOfShardsIsRefused(there: Int, asked: Int) throws {
    try folder.make(.small(), shards: there)
    let before = try folder.files
    let error = try refusal(23, shards: asked)
    #expect(error.code == .outputExists)
    #expect(error.message.contains("cannot grow into \(asked); use --shards \(there)"), "\(error.message)")
    #expect(try folder.files == before)
  }

  @Test(arguments: [false, true])
  func growingByOneTaskIsRefused(hasIndex: Bool) throws {
    try folder.make(.small(), shards: 2)
    if !hasIndex { try folder.remove("data.h5") }
    let before = try folder.files
    let error = try refusal(23, shards: 2, task: DatasetGenerator.ArrayTask(index: 1, count: 2))
    #expect(error.code == .outputExists)
    #expect(error.message.contains("run the command without --task-index"), "\(error.message)")
    #expect(try folder.files == before)
  }

  @Test(arguments: [9, 23])
  func unfinishedDatasetOfAnotherNumberOfSamplesIsRefused(samples: Int) throws {
    try folder.interrupt(.small(), after: 3)
    let before = try folder.files
    let error = try refusal(samples)
    #expect(error.code == .outputExists && error.message.contains("its recipe differs in samples;"))
    #expect(try folder.files == before)
  }

  @Test func growingWithAnotherRecipeIsRefused() throws {
    try folder.make(.small(), shards: 2)
    let before = try folder.files
    let error = try #require(throws: DatasetError.self) {
      try folder.make(.small(seed: 8, samples: 23), shards: 2, policy: .resume)
    }
    #expect(error.code == .outputExists && error.message.contains("its recipe differs in seed, samples;"))
    #expect(try folder.files == before)
  }
}
