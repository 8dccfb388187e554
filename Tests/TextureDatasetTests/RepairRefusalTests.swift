import Foundation
import Testing

@testable import TextureDataset

/// Refused repairs, which write nothing.
@Suite struct RepairRefusalTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  @discardableResult
  private func repair(allowRounding: Bool = false) throws -> DatasetRepairer.Summary {
    try DatasetRepairer(folder("data.h5"), threads: 2, allowRounding: allowRounding).run()
  }

  private func failure() throws -> DatasetError {
    try #require(throws: DatasetError.self) { try repair() }
  }

  private func copy(_ from: String, to name: String, of other: DatasetFolder) throws {
    try? folder.remove(name)
    try FileManager.default.copyItem(atPath: other(from), toPath: folder(name))
  }

  @Test func otherRoundingIsRefusedUnlessAllowed() throws {
    try folder.make(.small(samples: 6))
    try roundOtherwise("data.h5")
    for damage in [DatasetDamage.image, .label] {
      try damage.inflict(on: folder("data.h5"))
      let damaged = try folder.files
      let error = try failure()
      #expect(error.code == .roundingDiffers && error.message.contains("--allow-rounding"))
      #expect(try folder.files == damaged, "nothing is written")
      try repair(allowRounding: true)
      #expect(try DatasetVerifier(folder("data.h5"), threads: 2).run().ok)
    }
  }

  /// An obstacle to the repair of the last of three shards, or of the index.
  enum Obstacle: CaseIterable {
    case foreignShardWhoseNewNameIsTaken, foreignIndexWhoseNewNameIsTaken, partialShardOfAnotherDataset
    case partialIndexOfAnotherDataset, lockedShard, lockedPartial, otherRounding
  }

  /// The shards before it could be repaired.
  @Test(arguments: Obstacle.allCases) func refusalComesBeforeTheFirstWrite(obstacle: Obstacle) throws {
    try folder.make(.small(), shards: 3)
    let fresh = try folder.files
    try DatasetDamage.image.inflict(on: folder("data-00000-of-00003.h5"))
    try DatasetDamage.label.inflict(on: folder("data-00001-of-00003.h5"))
    let (shard, index) = ("data-00002-of-00003.h5", "data.h5")
    let other = try DatasetFolder()
    try other.make(.small(seed: 8), shards: 3)
    var lock: LockedFile?
    switch obstacle {
    case .foreignShardWhoseNewNameIsTaken:
      try copy(shard, to: shard, of: other)
      try folder.write("somebody's", to: shard + ".replaced")
    case .foreignIndexWhoseNewNameIsTaken:
      try copy(index, to: index, of: other)
      try folder.write("somebody's", to: index + ".replaced")
    case .partialShardOfAnotherDataset:
      try folder.remove(shard)
      try copy(shard, to: shard + ".partial", of: other)
    case .partialIndexOfAnotherDataset: try copy(index, to: index + ".partial", of: other)
    case .lockedShard: lock = try LockedFile(folder(shard), create: false)
    case .lockedPartial: lock = try LockedFile(folder(shard + ".partial"))
    case .otherRounding:
      try roundOtherwise(shard)
      try DatasetDamage.image.inflict(on: folder(shard))
    }
    let before = try folder.files
    let code: DatasetError.Code =
      lock != nil ? .outputLocked : obstacle == .otherRounding ? .roundingDiffers : .outputExists
    #expect(try failure().code == code)
    #expect(try folder.files == before, "nothing is written")

    withExtendedLifetime(lock) {}
    guard obstacle != .otherRounding else { return }
    lock = nil
    for name in [shard, index] {
      for ending in [".replaced", ".partial"] { try? folder.remove(name + ending) }
    }
    try repair()
    for name in [shard, index] { try? folder.remove(name + ".replaced") }
    #expect(try folder.files == fresh)
  }

  /// The structure of a file is not changed either if a regenerated sample has different bits.
  @Test func unusedBytesAreNotWrittenIfRoundingIsRefused() throws {
    try folder.make(.small(samples: 6))
    try roundOtherwise("data.h5")
    // An unused byte between the strings of a heap and its end.
    let heap = try #require(DatasetDamage.stringHeaps(of: folder.data("data.h5")).first)
    try DatasetDamage.flip(folder("data.h5"), at: heap.upperBound - 1)
    try DatasetDamage.image.inflict(on: folder("data.h5"))
    let damaged = try folder.files
    #expect(try failure().code == .roundingDiffers)
    #expect(try folder.files == damaged, "nothing is written")
    #expect(try repair(allowRounding: true).normalized == [folder("data.h5")])
  }

  @Test func spaceOfAReplacedFileIsReused() {
    struct Plan: RepairPlan {
      let neededBytes: Int
      let freedBytes: Int
      func apply(_ summary: inout DatasetRepairer.Summary) {}
    }
    #expect(maximumBytes(of: []) == 0)
    #expect(maximumBytes(of: [Plan(neededBytes: 5, freedBytes: 5), Plan(neededBytes: 6, freedBytes: 6)]) == 6)
    #expect(maximumBytes(of: [Plan(neededBytes: 5, freedBytes: 0), Plan(neededBytes: 6, freedBytes: 6)]) == 11)
  }

  /// Simulates a file from another machine: the last bit of every pixel is flipped, and the checksums match.
  private func roundOtherwise(_ name: String) throws {
    let header = try ShardHeader(reading: folder(name))
    var data = try folder.data(name)
    for (index, sample) in header.samples.enumerated() {
      let start = header.layout.offset(ofSample: sample)
      for place in stride(from: start, to: start + 1024, by: 4) { data[place] ^= 1 }
      var checksum = CRC32C()
      data.subdata(in: start..<start + 1024).withUnsafeBytes { checksum.update($0) }
      let place = header.layout.checksumOffset + 4 * index
      data.replaceSubrange(place..<place + 4, with: withUnsafeBytes(of: checksum.value) { Data($0) })
    }
    try data.write(to: URL(filePath: folder(name)))
  }
}
