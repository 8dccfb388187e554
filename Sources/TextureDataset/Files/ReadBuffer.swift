import GaussianField

/// Memory for reading pixels piece by piece, as long as this object is there.
final class ReadBuffer {
  private let memory: AlignedBuffer<UInt8>

  /// - Parameter count: in bytes.
  /// - Throws: ``DatasetError`` with code `.memory`.
  init(count: Int) throws(DatasetError) {
    memory = try allocating { () throws(AllocationError) in try AlignedBuffer(count: count) }
  }

  var bytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: memory.pointer, count: memory.count)
  }
}
