import CHDF5
import Foundation
import Testing

@testable import TextureDataset

/// Unfinished files are not read as data; the error says how to finish them.
@Suite struct UnfinishedDatasetTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  private func failure(_ name: String) throws -> DatasetError {
    try #require(throws: DatasetError.self) { _ = try DatasetReader(folder(name)) }
  }

  @Test func partialFileIsRefused() throws {
    try folder.interrupt(.small(), after: 4)
    for name in ["data.h5.partial", "data.h5"] {
      let error = try failure(name)
      #expect(error.code == .unfinished)
      #expect(error.message.contains("is unfinished, with 4 of 10 samples"), "\(error.message)")
      #expect(
        error.message.hasSuffix(
          "gpgen --recipe \(folder("data.h5.partial")) --out \(folder("data.h5")) --resume"))
    }
  }

  @Test func partialFileUnderAFinishedNameIsRefused() throws {
    try folder.interrupt(.small(), after: 4)
    try FileManager.default.moveItem(atPath: folder("data.h5.partial"), toPath: folder("data.h5"))
    let error = try failure("data.h5")
    #expect(error.code == .unfinished)
    #expect(error.message.contains("4 of 10 samples are finished"))
    #expect(error.message.hasSuffix("gpgen repair \(folder("data.h5"))"))
    // The message is correct.
    #expect(try DatasetRepairer(folder("data.h5"), threads: 1).run().made == 6)
    #expect(try DatasetReader(folder("data.h5")).isFinished)
  }

  @Test func unfinishedShardsAreCountedTogether() throws {
    try folder.interrupt(.small(), shards: 3, after: 4)
    let error = try failure("data.h5")
    #expect(error.code == .unfinished)
    #expect(error.message.contains("with 4 of 10 samples"), "\(error.message)")
    #expect(error.message.contains(" --shards 3 --out \(folder("data.h5")) --resume"))
    let one = try failure("data-00001-of-00003.h5")
    #expect(one.code == .unfinished && one.message.contains("of 3 samples"), "\(one.message)")
  }

  /// The file stays empty until all shards are finished.
  @Test func emptyPartialFileOfAnIndexIsUnfinished() throws {
    try folder.interrupt(.small(), shards: 3, after: 4)
    let index = folder("data.h5.partial")
    #expect(try folder.data("data.h5.partial").isEmpty)
    let command =
      "gpgen --recipe \(folder("data-00000-of-00003.h5.partial")) --shards 3 --out \(folder("data.h5")) --resume"
    let message = "\(index): is unfinished, with 4 of 10 samples; finish it with: \(command)"
    let refusal = try failure("data.h5.partial")
    #expect(refusal.code == .unfinished && refusal.message == message, "\(refusal.message)")
    #expect(try #require(throws: DatasetError.self) { try Inspection(of: index) }.message == message)
    // Also without shards.
    for shard in 0..<3 { try? folder.remove("data-0000\(shard)-of-00003.h5.partial") }
    let error = try failure("data.h5.partial")
    #expect(error.code == .unfinished && error.message.contains("run the command that began it with --resume"))
  }

  /// Like `repair`, which refuses it.
  @Test(arguments: [1, 3]) func verifierReportsHowToFinish(shards: Int) throws {
    try folder.interrupt(.small(), shards: shards, after: 4)
    let refusal = try #require(throws: DatasetError.self) { try DatasetRepairer(folder("data.h5"), threads: 1).run() }
    let verdict = try DatasetVerifier(folder("data.h5"), threads: 1).run()
    #expect(verdict.unfinished == refusal.message)
    #expect(
      verdict.text.hasSuffix("; finish it with: \(try #require(refusal.message.split(separator: "with: ").last))"))
    #expect(!verdict.text.contains("gpgen repair"))
  }

  @Test func finishedSamplesOfAnUnfinishedFileAreReadable() throws {
    try folder.interrupt(.small(), after: 4)
    let reader = try DatasetReader(folder("data.h5.partial"), allowingUnfinished: true)
    #expect(!reader.isFinished)
    var bands = 0
    try reader.read(sample: 3) { _ in bands += 1 }
    #expect(bands == 1)
    let error = try #require(throws: DatasetError.self) { try reader.read(sample: 9) { _ in } }
    #expect(error.code == .unfinished)
    #expect(throws: DatasetError.self) { _ = try PixelReader(reader) }
  }

  /// All samples are finished, but the file has not been renamed yet.
  @Test func finishedFileMayHaveAPartialName() throws {
    try folder.make(.small())
    try FileManager.default.moveItem(atPath: folder("data.h5"), toPath: folder("data.h5.partial"))
    #expect(try DatasetReader(folder("data.h5.partial")).isFinished)
  }

  /// One finished sample in 2³² has the checksum 0, which otherwise marks an unfinished one.
  @Test func sampleWhoseChecksumIsZeroIsFinished() throws {
    try folder.make(.small())
    let header = try ShardHeader(reading: folder("data.h5"))
    // Four bytes that make the checksum of the sample 0.
    var data = try folder.data("data.h5")
    let start = header.layout.offset(ofSample: 2)
    let pixels = data.subdata(in: start..<start + 1020)
    let last = try #require(Self.bytesThatBringTheChecksumToZero(after: pixels))
    data.replaceSubrange(start + 1020..<start + 1024, with: last)
    let place = header.layout.checksumOffset + 8
    data.replaceSubrange(place..<place + 4, with: Data(count: 4))
    try data.write(to: URL(filePath: folder("data.h5")))
    #expect(try DatasetReader(folder("data.h5")).isFinished)
    try folder.flipByte(of: "data.h5", at: start + 5)
    #expect(try failure("data.h5").code == .unfinished)
  }

  /// The checksum is affine in the last four bytes, so solve a system over 32 bits.
  private static func bytesThatBringTheChecksumToZero(after data: Data) -> Data? {
    func checksum(_ word: UInt32) -> UInt32 {
      var sum = CRC32C()
      (data + withUnsafeBytes(of: word.littleEndian) { Data($0) }).withUnsafeBytes { sum.update($0) }
      return sum.value
    }
    let base = checksum(0)
    // Row i: the change of bit i of the checksum by each bit of the word.
    var basis: [(change: UInt32, word: UInt32)] = []
    for bit in 0..<32 {
      var (change, word) = (checksum(1 << bit) ^ base, UInt32(1) << bit)
      for row in basis where change ^ row.change < change { (change, word) = (change ^ row.change, word ^ row.word) }
      if change != 0 {
        basis.append((change, word))
        basis.sort { $0.change > $1.change }
      }
    }
    var (rest, word) = (base, UInt32(0))
    for row in basis where rest ^ row.change < rest { (rest, word) = (rest ^ row.change, word ^ row.word) }
    return rest == 0 && checksum(word) == 0 ? withUnsafeBytes(of: word.littleEndian) { Data($0) } : nil
  }

  @Test func partialShardsAloneAreUnfinished() throws {
    try folder.interrupt(.small(), shards: 3, after: 4)
    try? folder.remove("data.h5.partial")
    let error = try #require(throws: DatasetError.self) { try DatasetRepairer(folder("data.h5"), threads: 1).run() }
    #expect(error.code == .unfinished && error.message.contains("--resume"), "\(error.message)")
    let verdict = try DatasetVerifier(folder("data.h5"), threads: 1).run()
    #expect(verdict.badFiles.prefix(3).allSatisfy { $0.problem == .unfinished })
  }

  @Test func renamedIndexFindsItsShards() throws {
    let recipe = try Recipe.small()
    try folder.make(recipe, shards: 3)
    let images = try folder.images()
    try FileManager.default.moveItem(atPath: folder("data.h5"), toPath: folder("renamed.h5"))
    #expect(try folder.images("renamed.h5") == images)
    #expect(try DatasetVerifier(folder("renamed.h5"), threads: 1).run().ok)
    #expect(try DatasetVerifier(folder.path, threads: 1).run().ok)
    #expect(try DatasetRepairer(folder("renamed.h5"), threads: 1).run().wasIntact)
    let inspection = try Inspection(of: folder("renamed.h5"))
    #expect(inspection.text.contains("index of 3 shards, 3 finished"))
    // A damaged shard is found and repaired.
    let fresh = try folder.files
    try DatasetDamage.flip(folder("data-00001-of-00003.h5"), in: "image", at: 77)
    #expect(try DatasetRepairer(folder("renamed.h5"), threads: 1).run().made == 1)
    #expect(try folder.files == fresh)
  }

  @Test func damagedShardIsNotForeign() throws {
    try folder.make(.small(), shards: 3)
    try DatasetDamage.superblock.inflict(on: folder("data-00001-of-00003.h5"))
    let other = try DatasetFolder()
    try other.make(.small(seed: 9), shards: 3)
    try folder.remove("data-00002-of-00003.h5")
    try FileManager.default.copyItem(atPath: other("data-00002-of-00003.h5"), toPath: folder("data-00002-of-00003.h5"))
    let text = try Inspection(of: folder("data.h5")).text
    #expect(text.contains("damaged      \(folder("data-00001-of-00003.h5"))"))
    #expect(text.contains("foreign      \(folder("data-00002-of-00003.h5"))"))
  }

  @Test func reasonOfTheFirstOfTwoCallsIsKept() throws {
    let error = try #require(throws: DatasetError.self) {
      _ = try HDF5Library.call("data.h5: cannot open") {
        inOrder(H5Fopen(folder("missing.h5"), 0, gpgen_h5p_default) < 0 ? -1 : 0, H5garbage_collect())
      }
    }
    #expect(error.code == .fileSystem)
    #expect(error.message == "data.h5: cannot open: No such file or directory")
  }
}
