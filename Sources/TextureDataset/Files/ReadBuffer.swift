import GaussianField

/// Memory for reading a file in pieces; valid as long as this object.
final class ReadBuffer {
  /// Fits the second-level cache, and makes the cost of a system call negligible.
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

  /// The first `count` bytes, or all if there are fewer.
  func prefix(_ count: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(count))
  }
}
