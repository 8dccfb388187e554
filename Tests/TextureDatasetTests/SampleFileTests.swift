import Foundation
import Testing

@testable import TextureDataset

@Suite struct SampleFileTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  /// A sample smaller than a piece, and one of a whole piece and a part.
  @Test(arguments: [(16, 1), (600, 2)])
  func checksumOfPixelsMatchesTheStoredOne(side: Int, pieces: Int) throws {
    try folder.make(.small(side: side, samples: 3))
    let file = try SampleFile(ShardHeader(reading: folder("data.h5")))
    let images = try folder.images()
    let buffer = try file.makeBuffer()
    for (sample, stored) in zip(file.samples, try file.checksums()) {
      var received: [Data] = []
      let checksum = try file.checksum(ofPixels: sample, in: buffer) { piece, offset throws(DatasetError) in
        #expect(offset == received.reduce(0) { $0 + $1.count })
        received.append(Data(piece))
      }
      #expect(checksum.value == stored && file.storedChecksum(of: sample) == stored)
      #expect(received.count == pieces && received.reduce(Data(), +) == images[sample])
    }
  }

  @Test func truncatedPixelsAreAFailureNotAnError() throws {
    try folder.make(.small())
    let header = try ShardHeader(reading: folder("data.h5"))
    try DatasetDamage.truncate(folder("data.h5"), to: header.layout.offset(ofSample: 4) + 100)
    let file = try SampleFile(header)
    #expect(try file.checksum(ofPixels: 3).value != nil)
    let failure = #expect(throws: DatasetError.self) { try file.checksum(ofPixels: 4).get() }
    #expect(failure?.code == .invalidFile)
  }

  @Test func errorOfTheReceiverIsRethrown() throws {
    try folder.make(.small())
    let file = try SampleFile(ShardHeader(reading: folder("data.h5")))
    let error = #expect(throws: DatasetError.self) {
      _ = try file.checksum(ofPixels: 0) { _, _ throws(DatasetError) in throw DatasetError(.interrupted, "stopped") }
    }
    #expect(error?.code == .interrupted)
  }

  @Test func firstIntactSampleFollowsTheDamagedOnes() throws {
    try folder.make(.small(), shards: 2)
    let name = "data-00001-of-00002.h5"
    let header = try ShardHeader(reading: folder(name))
    #expect(try SampleFile(header).firstIntactSample { true }?.sample == 5)
    try folder.flipByte(of: name, at: header.layout.offset(ofSample: 5))
    try folder.flipByte(of: name, at: header.layout.offset(ofChecksum: 6))
    #expect(try SampleFile(header).firstIntactSample { true }?.sample == 7)
    let error = #expect(throws: DatasetError.self) { _ = try SampleFile(header).firstIntactSample { false } }
    #expect(error?.code == .interrupted)
  }
}
