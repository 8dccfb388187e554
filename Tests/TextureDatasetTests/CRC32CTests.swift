import Foundation
import Testing

@testable import TextureDataset

@Suite struct CRC32CTests {
  private func checksum(_ pieces: [UInt8]...) -> UInt32 {
    var checksum = CRC32C()
    for piece in pieces { piece.withUnsafeBytes { checksum.update($0) } }
    return checksum.value
  }

  /// The check value of CRC-32/ISCSI in the catalogue of parametrised CRC algorithms.
  @Test func checkValueMatchesThePublishedOne() {
    #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
  }

  /// RFC 3720, appendix B.4, with the bytes in wire order.
  private static let vectors: [(bytes: [UInt8], checksum: UInt32)] = [
    ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
    ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
    ([UInt8](0..<32), 0x46DD_794E),
    ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
    (
      [
        0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0,
        0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
      ], 0xD996_3A56
    ),
  ]

  @Test(arguments: vectors)
  func iSCSIVectorsMatch(bytes: [UInt8], expected: UInt32) {
    #expect(checksum(bytes) == expected)
  }

  @Test func emptyInputHasChecksumZero() {
    #expect(checksum() == 0)
    #expect(checksum([]) == 0)
  }

  @Test func incrementalChecksumMatchesTheWhole() {
    var random = SplitMix64(state: 3)
    let bytes = (0..<1_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let whole = checksum(bytes)
    for cut in stride(from: 0, through: bytes.count, by: 37) {
      #expect(checksum(Array(bytes[..<cut]), Array(bytes[cut...])) == whole)
    }
  }
}
