#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Zeroed memory aligned to 4096 bytes: cache lines, vectors and pages all begin where it begins.
public struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable {
  /// The first element.
  public let pointer: UnsafeMutablePointer<Element>
  /// The number of elements.
  public let count: Int

  /// - Precondition: the memory can be had.
  public init(count: Int) {
    let bytes = max(1, count * MemoryLayout<Element>.stride)
    var raw: UnsafeMutableRawPointer?
    guard posix_memalign(&raw, 4096, bytes) == 0, let raw else {
      preconditionFailure("no memory for \(bytes) bytes")
    }
    memset(raw, 0, bytes)
    pointer = raw.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  deinit { free(pointer) }
}
