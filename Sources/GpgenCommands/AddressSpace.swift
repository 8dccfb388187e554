import CMalloc
import GaussianField
import TextureDataset

/// What the program does about a limit on its address space (`ulimit -v`).
enum AddressSpace {
  /// The stack of a thread that asks for no particular size, in bytes: what glibc gives where stacks are unlimited.
  private static let stackBytes = 2 << 20

  /// Has threads take less address space where it is limited, and checks that there is enough of it to begin with. Has to
  /// be called before the process has a second thread.
  ///
  /// glibc gives each thread a stack of 8 MiB, and a heap of its own, for which it reserves 64 MiB. A thread for which
  /// there is no room for a heap maps and unmaps pages for every small allocation instead, and opening a file takes
  /// seconds.
  ///
  /// - Throws: ``AllocationError`` where there is not.
  static func prepare() throws(AllocationError) {
    if MemoryLimit.addressSpace != nil {
      gpgen_share_heap()
      gpgen_set_default_stack(stackBytes)
    }
    guard MemoryReserve.isAvailable else { throw AllocationError(reserve: MemoryReserve.bytes) }
  }
}
