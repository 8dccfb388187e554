import Testing

@testable import TextureDataset

@Suite struct DiskSpaceTests {
  @Test func blockCountsOfAnUnlimitedFileSystemDoNotOverflow() {
    #expect(DiskSpace.bytes(blocks: 3, ofSize: 4096) == 12_288)
    #expect(DiskSpace.bytes(blocks: UInt.max, ofSize: 1) == .max)
    #expect(DiskSpace.bytes(blocks: UInt.max, ofSize: 4096) == .max)
    #expect(DiskSpace.bytes(blocks: 1 << 51, ofSize: 4096) == .max)
    #expect(DiskSpace.bytes(blocks: 0, ofSize: UInt.max) == 0)
  }

  @Test func fileSystemWithoutASizeIsUnlimited() {
    #expect(DiskSpace.free(blocks: 0, of: 0, ofSize: 4096) == .max)
    #expect(DiskSpace.free(blocks: 0, of: 1, ofSize: 4096) == 0)
    #expect(DiskSpace.free(blocks: 2, of: 3, ofSize: 4096) == 8192)
  }

  @Test func needBeyondTheFreeSpaceIsRefused() throws {
    let folder = try DatasetFolder()
    try DiskSpace.refuse(0, in: folder.path, for: "data.h5", choose: "choose another --out")
    let error = try #require(throws: DatasetError.self) {
      try DiskSpace.refuse(.max, in: folder.path, for: "data.h5", choose: "choose another --out")
    }
    // A file system may be unlimited, but not the one of the tests.
    #expect(error.code == .diskFull)
    #expect(error.message.hasPrefix("data.h5: needs 8.0 EiB, but only "), "\(error.message)")
    #expect(error.message.hasSuffix(" is free in \(folder.path); free some space, or choose another --out"))
  }
}
