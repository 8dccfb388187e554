import Foundation
import Testing

@testable import TextureDataset

@Suite struct DatasetRepairerTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  @discardableResult
  private func repair(
    _ name: String = "data.h5", recipe: Recipe? = nil, allowRounding: Bool = false
  ) throws -> DatasetRepairer.Summary {
    try DatasetRepairer(folder(name), recipe: recipe, threads: 2, allowRounding: allowRounding).run()
  }

  private func failure(_ name: String = "data.h5", recipe: Recipe? = nil) throws -> DatasetError {
    try #require(throws: DatasetError.self) { try repair(name, recipe: recipe) }
  }

  private func copy(_ from: String, to name: String, of other: DatasetFolder? = nil) throws {
    try? folder.remove(name)
    try FileManager.default.copyItem(atPath: (other ?? folder)(from), toPath: folder(name))
  }

  // MARK: Every kind of damage

  @Test(arguments: DatasetDamage.allCases.filter { $0 != .missing })
  func damageIsRepairedToAFreshFile(damage: DatasetDamage) throws {
    let recipe = try Recipe.findable()
    try folder.make(recipe)
    let fresh = try folder.files
    try damage.inflict(on: folder("data.h5"))
    if damage.losesRecipe {
      let damaged = try folder.files
      #expect(try failure().code == .invalidRecipe)
      #expect(try folder.files == damaged, "nothing is written")
    }
    let summary = try repair(recipe: damage.losesRecipe ? recipe : nil)
    #expect(!summary.wasIntact)
    if damage == .text {
      #expect(try folder.data("data.h5.replaced") == Data("once upon a time".utf8), "it may be somebody's")
      try folder.remove("data.h5.replaced")
    }
    #expect(try folder.files == fresh)
    #expect(try repair().wasIntact)
  }

  @Test(arguments: DatasetDamage.allCases, Recipe.DType.allCases)
  func damageOfOneShardIsRepairedFromTheOthersRecipe(damage: DatasetDamage, dtype: Recipe.DType) throws {
    try folder.make(.findable(samples: 14, dtype: dtype), shards: 3)
    let fresh = try folder.files
    try damage.inflict(on: folder("data-00001-of-00003.h5"))
    try repair()
    if damage == .text { try folder.remove("data-00001-of-00003.h5.replaced") }
    #expect(try folder.files == fresh)
  }

  @Test func singleShardIsRepairedFromItsSiblings() throws {
    try folder.make(.findable(), shards: 3)
    let fresh = try folder.files
    try DatasetDamage.superblock.inflict(on: folder("data-00001-of-00003.h5"))
    try repair("data-00001-of-00003.h5")
    try folder.remove("data-00002-of-00003.h5")
    try repair("data-00002-of-00003.h5")
    #expect(try folder.files == fresh)
  }

  @Test(arguments: [1, 3]) func allKindsOfDamageAreRepairedAtOnce(shards: Int) throws {
    let recipe = try Recipe.findable(samples: 21)
    try folder.make(recipe, shards: shards)
    let fresh = try folder.files
    for name in fresh.keys { try DatasetDamage.superblock.inflict(on: folder(name)) }
    for name in fresh.keys where name.contains("-of-") || shards == 1 {
      try DatasetDamage.flip(folder(name), at: fresh[name]!.count / 2)
    }
    try repair(recipe: recipe)
    #expect(try folder.files == fresh)
  }

  @Test(arguments: ["label", "crc32c", "superblock", "missing", "text"])
  func indexIsRebuilt(damage: String) throws {
    try folder.make(.small(), shards: 3)
    let fresh = try folder.files
    switch damage {
    case "superblock": try DatasetDamage.superblock.inflict(on: folder("data.h5"))
    case "missing": try folder.remove("data.h5")
    case "text": try folder.write("once", to: "data.h5")
    default: try DatasetDamage.flip(folder("data.h5"), in: damage, at: 1)
    }
    #expect(try repair().rebuilt == [folder("data.h5")])
    try? folder.remove("data.h5.replaced")
    #expect(try folder.files == fresh)
  }

  @Test func manyFlippedBitsAreRepaired() throws {
    try folder.make(.small(side: 32, samples: 16), shards: 2)
    let fresh = try folder.files
    var state: UInt64 = 7
    for _ in 0..<40 {
      for name in ["data-00000-of-00002.h5", "data-00001-of-00002.h5"] {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let offset = Int(state >> 33) % fresh[name]!.count
        if DatasetDamage.stringHeaps(of: fresh[name]!).contains(where: { $0.contains(offset) }) { continue }
        try DatasetDamage.flip(folder(name), at: offset)
      }
      try repair(recipe: .small(side: 32, samples: 16))
      #expect(try folder.files == fresh)
    }
  }

  // MARK: Foreign files

  @Test func foreignShardIsKeptAside() throws {
    try folder.make(.small(), shards: 3)
    let fresh = try folder.files
    let other = try DatasetFolder()
    try other.make(.small(seed: 8), shards: 3)
    try copy("data-00001-of-00003.h5", to: "data-00001-of-00003.h5", of: other)
    let summary = try repair()
    #expect(summary.notes.count == 1 && summary.made == 3)
    #expect(
      try folder.data("data-00001-of-00003.h5.replaced") == other.data("data-00001-of-00003.h5"))
    try folder.remove("data-00001-of-00003.h5.replaced")
    #expect(try folder.files == fresh)
  }

  @Test func foreignPixelsUnderALostHeaderAreNotCopied() throws {
    try folder.make(.small(), shards: 3)
    let fresh = try folder.files
    let other = try DatasetFolder()
    try other.make(.small(seed: 8), shards: 3)
    try copy("data-00001-of-00003.h5", to: "data-00001-of-00003.h5", of: other)
    try DatasetDamage.superblock.inflict(on: folder("data-00001-of-00003.h5"))
    #expect(try repair().made == 3)
    try folder.remove("data-00001-of-00003.h5.replaced")
    #expect(try folder.files == fresh)
  }

  @Test func duplicateShardIsRebuilt() throws {
    try folder.make(.small(), shards: 3)
    let fresh = try folder.files
    try copy("data-00000-of-00003.h5", to: "data-00002-of-00003.h5")
    #expect(try repair().rebuilt == [folder("data-00002-of-00003.h5")])
    #expect(try folder.files == fresh)
  }

  @Test func anotherRecipeIsRefused() throws {
    try folder.make(.small())
    try DatasetDamage.image.inflict(on: folder("data.h5"))
    let damaged = try folder.files
    let error = try failure(recipe: .small(seed: 9))
    #expect(error.code == .invalidRecipe && error.message.contains("differs from the one given in seed"))
    #expect(try folder.files == damaged)
  }

  // MARK: Minimal writes

  @Test func damagedChecksumLeavesThePixelsAlone() throws {
    try folder.make(.small(samples: 20))
    try DatasetDamage.flip(folder("data.h5"), in: "crc32c", at: 4 * 7)
    let summary = try repair()
    #expect(summary.made == 0 && summary.checksums == 1 && summary.rebuilt.isEmpty)
  }

  @Test func intactSamplesAreCopiedNotRegenerated() throws {
    try folder.make(.small(samples: 20))
    try DatasetDamage.label.inflict(on: folder("data.h5"))
    try DatasetDamage.image.inflict(on: folder("data.h5"))
    let summary = try repair()
    #expect(summary.made == 1 && summary.rebuilt == [folder("data.h5")])
  }

  @Test func intactDatasetIsNotChanged() throws {
    try folder.make(.small(), shards: 3)
    let dates = try folder.names.map { try FileManager.default.attributesOfItem(atPath: folder($0))[.modificationDate] }
    #expect(try repair().wasIntact)
    #expect(
      try folder.names.map { try FileManager.default.attributesOfItem(atPath: folder($0))[.modificationDate] as? Date }
        == dates.map { $0 as? Date })
  }

  // MARK: Interruption, locks

  @Test(arguments: [DatasetDamage.image, .label, .superblock, .missing])
  func interruptedRepairIsFinishedByAnother(damage: DatasetDamage) throws {
    let recipe = try Recipe.findable(samples: 24)
    try folder.make(recipe, shards: 2)
    let fresh = try folder.files
    try damage.inflict(on: folder("data-00001-of-00002.h5"))
    if damage == .image {
      for sample in 0..<12 {
        try DatasetDamage.flip(folder("data-00001-of-00002.h5"), in: "image", at: sample * 1024 + 9)
      }
      try DatasetDamage.flip(folder("data-00001-of-00002.h5"), in: "image", at: 11 * 1024 + 900)
    }
    var stops = 0
    for limit in stride(from: 1, through: 200, by: 9) {
      let asked = Counter()
      let repairer = DatasetRepairer(folder("data.h5"), threads: 1)
      do {
        _ = try repairer.run(shouldContinue: { asked.next() < limit })
      } catch {
        #expect(error.code == .interrupted)
        stops += 1
        // Verification is correct in between: pixels with a matching checksum are the right ones.
        let verdict = try DatasetVerifier(folder("data.h5"), threads: 1, regenerate: 24).run()
        #expect(!verdict.ok && verdict.badSamples.allSatisfy { $0.problem == .checksum })
      }
    }
    #expect(stops > 3)
    try repair()
    #expect(try folder.files == fresh)
  }

  @Test func secondWriterIsRefused() throws {
    try folder.make(.small(), shards: 2)
    try DatasetDamage.image.inflict(on: folder("data-00000-of-00002.h5"))
    let damaged = try folder.files
    do {
      let lock = try LockedFile(folder("data-00000-of-00002.h5"), create: false)
      #expect(try failure().code == .outputLocked)
      withExtendedLifetime(lock) {}
    }
    do {
      let lock = try LockedFile(folder("data-00001-of-00002.h5.partial"))
      #expect(try failure().code == .outputLocked)
      withExtendedLifetime(lock) {}
      try folder.remove("data-00001-of-00002.h5.partial")
    }
    #expect(try folder.files == damaged)
    #expect(try repair().made == 1)
  }
}
