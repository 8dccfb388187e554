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

  /// - Precondition: the memory can be had.
  public init(count: Int) {
    // calloc leaves it to the system to give zeroed pages as they are touched.
    let bytes = count * MemoryLayout<Element>.stride + 4096
    guard let memory = calloc(bytes, 1) else { preconditionFailure("no memory for \(bytes) bytes") }
    self.memory = memory
    pointer = memory.alignedUp(toMultipleOf: 4096).bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  deinit { free(memory) }
}
