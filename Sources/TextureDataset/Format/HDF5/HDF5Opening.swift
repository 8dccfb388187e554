import Synchronization

/// Reports what the HDF5 library is about to do, and what it had no memory for.
///
/// The process that reads the files of strangers first reports the file it is at, so that the one it does not survive
/// can be named.
package enum HDF5Opening {
  private struct Observer: Sendable {
    let opening: @Sendable (String) -> Void
    let outOfMemory: @Sendable () -> Void
  }

  private static let observer = Mutex<Observer?>(nil)

  /// Takes an observer, in place of an earlier one.
  ///
  /// - Parameters:
  ///   - opening: called with the path of each file before the library opens it for reading.
  ///   - outOfMemory: called where the library asked for memory that it did not get.
  package static func observe(
    opening: @escaping @Sendable (String) -> Void, outOfMemory: @escaping @Sendable () -> Void
  ) {
    observer.withLock { $0 = Observer(opening: opening, outOfMemory: outOfMemory) }
  }

  static func announce(_ path: String) { observer.withLock { $0 }?.opening(path) }

  static func announceMemory() { observer.withLock { $0 }?.outOfMemory() }
}
