import CISAL

/// CRC-32C (Castagnoli), as in iSCSI and ext4, computed incrementally.
struct CRC32C {
  /// The size of a stored checksum.
  static let bytes = MemoryLayout<UInt32>.size
  private var state: UInt32 = ~0

  /// The checksum of a buffer.
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = CRC32C()
    checksum.update(bytes)
    return checksum.value
  }

  /// The checksum of the bytes so far.
  var value: UInt32 { ~state }

  /// The corresponding C function is ISA-L's `crc32_iscsi`, which inverts neither at the start nor at the end.
  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      // The function only reads; its parameter lacks a const.
      state = crc32_iscsi(
        UnsafeMutablePointer(mutating: piece.assumingMemoryBound(to: UInt8.self).baseAddress), Int32(piece.count), state
      )
      rest = rest.dropFirst(piece.count)
    }
  }
}
