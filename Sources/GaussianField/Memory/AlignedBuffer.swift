#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Zeroed memory aligned to 4096 bytes, hence also to cache lines and vectors.
public struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable {
  /// The first element.
  public let pointer: UnsafeMutablePointer<Element>
  /// The number of elements.
  public let count: Int

  private let memory: UnsafeMutableRawPointer

  /// Buffers of at least this size request huge pages: eight of x86's.
  private static var hugeBytes: Int { 1 << 24 }

  /// - Parameter count: the number of elements, at least 0.
  /// - Throws: ``AllocationError`` if the memory cannot be allocated, or too little would be left for the program to
  ///   continue.
  public init(count: Int) throws(AllocationError) {
    precondition(count >= 0)
    let (bytes, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflows, bytes < Int.max - MemoryReserve.bytes else { throw AllocationError(bytes: nil) }
    // With calloc the system supplies zeroed pages as they are touched.
    guard let memory = calloc(bytes + 4096, 1) else { throw AllocationError(bytes: bytes) }
    guard bytes < MemoryReserve.largeBytes || MemoryReserve.isAvailable else {
      free(memory)
      throw AllocationError(bytes: bytes)
    }
    self.memory = memory
    let start = memory.alignedUp(toMultipleOf: 4096)
    #if os(Linux)
      // Transforms access memory with large strides: with small pages each access misses the TLB. Has no effect where
      // the system has no huge pages.
      if bytes >= Self.hugeBytes { madvise(start, bytes, Int32(MADV_HUGEPAGE)) }
    #endif
    pointer = start.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  deinit { free(memory) }
}
