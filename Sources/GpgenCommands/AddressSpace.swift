import CMalloc
import GaussianField
import TextureDataset

/// Adapts the program to a limit on its address space (`ulimit -v`).
enum AddressSpace {
  /// The default stack size of a thread in bytes: glibc's own where stacks are unlimited.
  private static let stackBytes = 2 << 20

  /// Limits the address space of threads where it is scarce, and checks that enough is left to start. Call it before the
  /// process has a second thread.
  ///
  /// glibc reserves an 8 MiB stack and a 64 MiB heap for each thread. A thread without room for a heap maps and unmaps
  /// pages for every small allocation, and opening a file takes seconds.
  ///
  /// - Throws: ``AllocationError`` if there is not enough.
  static func prepare() throws(AllocationError) {
    if MemoryLimit.addressSpace != nil {
      gpgen_share_heap()
      gpgen_set_default_stack(stackBytes)
    }
    guard MemoryReserve.isAvailable else { throw AllocationError(reserve: MemoryReserve.bytes) }
  }
}
