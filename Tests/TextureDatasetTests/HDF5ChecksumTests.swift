import Testing

@testable import TextureDataset

struct HDF5ChecksumTests {
  /// The values printed by Bob Jenkins's own driver.
  @Test(arguments: [("", 0xDEAD_BEEF as UInt32), ("Four score and seven years ago", 0x1777_0551)])
  func checksumIsLookup3(text: String, expected: UInt32) {
    #expect(Array(text.utf8).withUnsafeBytes { HDF5Checksum.of($0) } == expected)
  }
}
