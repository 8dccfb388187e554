#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Address space that large buffers leave free.
///
/// Swift's arrays and objects, and some C libraries, end the program where they get no memory, and Dispatch tries for
/// ever to start a thread whose stack does not fit. So a large buffer, whose failure can be reported, fails a little
/// earlier than they would.
package enum MemoryReserve {
  /// What is left free, in bytes: enough for many small objects, and for the stacks of Dispatch's threads.
  package static let bytes = (32 << 20) + dispatchThreads * defaultStackBytes

  /// From this size on, in bytes, a buffer is large.
  package static let largeBytes = 1 << 20

  /// Whether the reserve could be mapped now.
  package static var isThere: Bool { canMap(bytes) }

  /// Checks that there is room for large arrays, which end the program where they get no memory: right before they are
  /// allocated.
  ///
  /// - Parameter arrayBytes: of all arrays together.
  /// - Throws: ``AllocationError`` where these bytes and the reserve could not be mapped now.
  package static func check(for arrayBytes: Int) throws(AllocationError) {
    guard arrayBytes >= largeBytes else { return }
    guard arrayBytes < Int.max - bytes else { throw AllocationError(bytes: nil) }
    guard canMap(arrayBytes + bytes) else { throw AllocationError(bytes: arrayBytes) }
  }

  /// The threads that Dispatch may start: two for each core, since it starts another where one is blocked; its manager;
  /// and one to spare. Only the manager starts more, and nothing here waits for it.
  private static var dispatchThreads: Int { 2 * max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) + 2 }

  /// The stack of a thread that asks for no particular size, as Dispatch's do not.
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
