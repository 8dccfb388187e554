import Foundation

/// A shard's pixels and checksums by their places in the file alone, whatever has become of its header.
final class PixelSource: Sendable {
  let path: String
  private let layout: ShardHeader
  private let bytesPerSample: Int
  private let file: OpenedFile

  /// - Parameter layout: of this file, or of one with the same structure.
  init(path: String, layout: ShardHeader) throws(DatasetError) {
    self.path = path
    self.layout = layout
    bytesPerSample = ShardStructure.bytesPerSample(of: layout.recipe)
    file = try OpenedFile(path)
  }

  /// Fills `bytes` from an offset in a sample.
  func read(_ bytes: UnsafeMutableRawBufferPointer, sample: Int, at offset: Int) throws(DatasetError) {
    try file.read(bytes, at: layout.offset(ofSample: sample) + offset)
  }

  /// A sample's stored checksum; none where the file ends before it, or where it is 0, the sign of no sample.
  func storedChecksum(of sample: Int) -> UInt32? {
    var value: UInt32 = 0
    let isRead = withUnsafeMutableBytes(of: &value) { bytes in
      (try? file.read(bytes, at: layout.checksumOffset + 4 * (sample - layout.samples.lowerBound))) != nil
    }
    return isRead && value != 0 ? UInt32(littleEndian: value) : nil
  }

  /// Reads a sample piece by piece; nothing where the file ends before it, or the disk does not give it.
  ///
  /// - Parameter receive: called for each piece with its offset in the sample.
  /// - Returns: the CRC-32C of its bytes.
  func checksum(
    ofPixels sample: Int, receive: (UnsafeRawBufferPointer, Int) throws(DatasetError) -> Void
  ) throws(DatasetError) -> UInt32? {
    let buffer = try ReadBuffer(count: min(bytesPerSample, 1 << 20))
    defer { withExtendedLifetime(buffer) {} }
    var checksum = CRC32C()
    for position in stride(from: 0, to: bytesPerSample, by: buffer.bytes.count) {
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes.prefix(bytesPerSample - position))
      do throws(DatasetError) {
        try read(piece, sample: sample, at: position)
      } catch {
        return nil
      }
      checksum.update(UnsafeRawBufferPointer(piece))
      try receive(UnsafeRawBufferPointer(piece), position)
    }
    return checksum.value
  }

  /// The CRC-32C of a sample's bytes; nothing where they cannot be read.
  ///
  /// - Throws: ``DatasetError`` with code `.memory`.
  func checksum(ofPixels sample: Int) throws(DatasetError) -> UInt32? {
    try checksum(ofPixels: sample) { _, _ in }
  }
}
