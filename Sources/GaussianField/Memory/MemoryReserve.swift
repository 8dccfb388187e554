#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Address space that large buffers leave free.
///
/// Swift's arrays and objects, and some C libraries, abort the program when an allocation fails, and Dispatch retries
/// forever to start a thread whose stack does not fit. So large buffers, whose failure can be reported, must fail
/// first.
package enum MemoryReserve {
  /// The size of the reserve in bytes: enough for many small objects and for the stacks of Dispatch's threads.
  package static let bytes = (32 << 20) + dispatchThreads * defaultStackBytes

  /// The minimum size of a large buffer, in bytes.
  package static let largeBytes = 1 << 20

  /// Whether the reserve can be mapped now.
  package static var isAvailable: Bool { canMap(bytes) }

  /// Checks that there is room for large arrays, which abort the program when their allocation fails. Call it
  /// immediately before allocating them.
  ///
  /// - Parameter arrayBytes: the total size of all arrays.
  /// - Throws: ``AllocationError`` if the arrays and the reserve cannot be mapped now.
  package static func check(for arrayBytes: Int) throws(AllocationError) {
    guard arrayBytes >= largeBytes else { return }
    guard arrayBytes < Int.max - bytes else { throw AllocationError(bytes: nil) }
    guard canMap(arrayBytes + bytes) else { throw AllocationError(bytes: arrayBytes) }
  }

  /// The threads that Dispatch may start: two per core, since it starts another when one blocks; its manager; and one
  /// to spare. Only the manager starts more, and nothing here waits for it.
  private static var dispatchThreads: Int { 2 * max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) + 2 }

  /// The default stack size of a thread, which Dispatch uses.
  private static var defaultStackBytes: Int {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    var bytes = 0
    return pthread_attr_getstacksize(&attributes, &bytes) == 0 ? bytes : 8 << 20
  }

  private static func canMap(_ bytes: Int) -> Bool {
    let place = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard place != MAP_FAILED else { return false }
    munmap(place, bytes)
    return true
  }
}
