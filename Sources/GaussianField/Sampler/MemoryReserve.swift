#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Address space that large buffers leave free.
///
/// Swift's arrays and objects, and some C libraries, end the program where they get no memory. So a large buffer, whose
/// failure can be reported, fails a little earlier than they would.
package enum MemoryReserve {
  /// What is left free, in bytes: enough for a thread's heap and for many small objects.
  package static let bytes = 32 << 20

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

  private static func canMap(_ bytes: Int) -> Bool {
    let place = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard place != MAP_FAILED else { return false }
    munmap(place, bytes)
    return true
  }
}
