import Synchronization

/// Reports the file that the HDF5 library is about to open, and failed allocations.
///
/// The sandbox process that reads untrusted files reports each one first, so that a file that crashes it can be named.
package enum HDF5Opening {
  private struct Observer: Sendable {
    let opening: @Sendable (String) -> Void
    let outOfMemory: @Sendable () -> Void
  }

  private static let observer = Mutex<Observer?>(nil)

  /// Sets the observer, replacing an earlier one.
  ///
  /// - Parameters:
  ///   - opening: called with the path of each file before the library opens it for reading.
  ///   - outOfMemory: called when the library failed to allocate memory.
  package static func observe(
    opening: @escaping @Sendable (String) -> Void, outOfMemory: @escaping @Sendable () -> Void
  ) {
    observer.withLock { $0 = Observer(opening: opening, outOfMemory: outOfMemory) }
  }

  static func announce(_ path: String) { observer.withLock { $0 }?.opening(path) }

  static func announceMemory() { observer.withLock { $0 }?.outOfMemory() }
}
