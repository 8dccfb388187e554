import GaussianField

/// Memory for reading a file piece by piece, as long as this object is there.
final class ReadBuffer {
  /// Small enough for the second-level cache, large enough that the system call is nothing.
  static let pieceBytes = 1 << 20

  private let memory: AlignedBuffer<UInt8>

  /// - Parameter count: in bytes.
  /// - Throws: ``DatasetError`` with code `.memory`.
  init(count: Int) throws(DatasetError) {
    memory = try allocating { () throws(AllocationError) in try AlignedBuffer(count: count) }
  }

  var bytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: memory.pointer, count: memory.count)
  }

  /// The first bytes, all where there are no more.
  func prefix(_ count: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(count))
  }
}
