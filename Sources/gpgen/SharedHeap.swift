import CMalloc
import TextureDataset

/// One heap for all threads where the address space is limited (`ulimit -v`).
///
/// glibc gives each thread a heap of its own and reserves 64 MiB of address space for it. A thread for which there is no
/// room maps and unmaps pages for every small allocation instead, and opening a file takes seconds.
enum SharedHeap {
  /// Has to be called before the process has a second thread.
  static func useIfAddressSpaceIsLimited() {
    if MemoryLimit.addressSpace != nil { gpgen_share_heap() }
  }
}
