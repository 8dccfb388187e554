import Foundation

/// The blocks in which HDF5 keeps strings of variable length: its global heap collections.
///
/// They are the one structure of a shard that has no checksum of its own, and HDF5 1.10 believes the lengths in them: one
/// flipped bit there makes it copy beyond its memory. So they are walked before the library reads them, where gpgen's
/// files have them: near the beginning, attributes of the root, and near the end, names of axes.
///
/// - Source: HDF5 File Format Specification, version 3, III.E, "Disk Format: Level 1E - Global Heap".
enum HDF5StringHeaps {
  private static let reach = 1 << 20
  /// "GCOL", version 1 and three zeros, as a little-endian number.
  private static let signature: UInt64 = 0x1_4C4F_4347
  private static let headerBytes = 16

  /// - Throws: ``DatasetError`` with code `.invalidFile` where objects do not fill a heap exactly.
  static func check(_ path: String) throws(DatasetError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    // What cannot be opened, the library says better.
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard fstat(descriptor, &status) == 0 else { return }
    let size = Int(status.st_size)
    for start in Set([0, max(0, size - reach) & ~7]) {
      let buffer = try PieceBuffer(count: max(8, min(reach + 8, size - start)))
      defer { withExtendedLifetime(buffer) {} }
      let bytes = UnsafeRawBufferPointer(buffer.bytes)
      guard (try? readFully(buffer.bytes, from: descriptor, at: start, of: path)) != nil else { continue }
      // Heaps begin at multiples of 8.
      for offset in stride(from: 0, to: bytes.count - headerBytes, by: 8) where begins(bytes, at: offset) {
        guard isWhole(bytes, at: offset) else {
          throw DatasetError(
            .invalidFile, "\(path): the strings of its attributes are damaged, at byte \(start + offset)")
        }
      }
    }
  }

  private static func begins(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) == signature
  }

  /// Whether the objects of a heap fill it; of one that reaches beyond the bytes, those that are there.
  private static func isWhole(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
    guard let size = length(bytes, at: start + 8), size >= 4096, size.isMultiple(of: 8) else { return false }
    let end = start + size
    var place = start + headerBytes
    // What is left and cannot hold an object's header is empty.
    while place + headerBytes <= end {
      guard place + headerBytes <= bytes.count else { return true }
      let index = bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self)
      guard let object = length(bytes, at: place + 8) else { return false }
      // Object 0 is the free rest, header included; others are padded to multiples of 8.
      let needed = index == 0 ? object : headerBytes + (object + 7) & ~7
      guard needed >= headerBytes, needed <= end - place else { return false }
      place += needed
    }
    return true
  }

  /// A length under 2⁴⁸, more than any file has.
  private static func length(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int? {
    let value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    return value < 1 << 48 ? Int(value) : nil
  }
}
