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

  private let memory: UnsafeMutableRawPointer

  /// From this size on, memory is asked for in huge pages: eight of x86's.
  private static var hugeBytes: Int { 1 << 24 }

  /// - Parameter count: elements, at least 0.
  /// - Throws: ``AllocationError`` where the memory cannot be had, or so little would be left that the program could
  ///   not go on.
  public init(count: Int) throws(AllocationError) {
    precondition(count >= 0)
    let (bytes, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflows, bytes < Int.max - MemoryReserve.bytes else { throw AllocationError(bytes: nil) }
    // calloc leaves it to the system to give zeroed pages as they are touched.
    guard let memory = calloc(bytes + 4096, 1) else { throw AllocationError(bytes: bytes) }
    guard bytes < MemoryReserve.largeBytes || MemoryReserve.isThere else {
      free(memory)
      throw AllocationError(bytes: bytes)
    }
    self.memory = memory
    let start = memory.alignedUp(toMultipleOf: 4096)
    #if os(Linux)
      // Transforms read what lies far apart: with small pages every access looks its page up. Where the system has no huge
      // pages, nothing happens.
      if bytes >= Self.hugeBytes { madvise(start, bytes, Int32(MADV_HUGEPAGE)) }
    #endif
    pointer = start.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  deinit { free(memory) }
}
