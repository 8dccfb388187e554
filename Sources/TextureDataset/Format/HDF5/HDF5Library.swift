import CHDF5
import Foundation

/// The only access to the HDF5 library. The library is not thread-safe unless built so, so every call goes through
/// ``call(_:_:)`` or ``release(_:)``, one at a time.
enum HDF5Library {
  private static let lock = NSRecursiveLock()
  /// The library prints its errors by default (per thread, in a thread-safe build); ours contain them.
  private static func silence() { _ = H5Eset_auto2(gpgen_h5e_default, nil, nil) }

  /// Calls the library; a negative status becomes an error with the library's reason.
  ///
  /// - Parameter what: what was attempted and on which file, as in "data.h5: cannot open".
  static func call<Status: SignedInteger>(
    _ what: @autoclosure () -> String, _ body: () -> Status
  ) throws(DatasetError) -> Status {
    lock.lock()
    defer { lock.unlock() }
    silence()
    let status = body()
    guard status >= 0 else {
      let failure = failure()
      if failure.code == .memory { HDF5Opening.announceMemory() }
      throw DatasetError(failure.code, "\(what()): \(failure.reason)")
    }
    return status
  }

  /// Makes calls that cannot fail, or whose failure cannot be handled: closing in a `deinit`.
  static func release(_ body: () -> Void) {
    lock.lock()
    defer { lock.unlock() }
    silence()
    body()
  }

  /// The innermost entry of the library's error stack, and whether any entry is about memory.
  private static func failure() -> HDF5Failure {
    var failure = HDF5Failure()
    withUnsafeMutablePointer(to: &failure) { failure in
      _ = H5Ewalk2(
        gpgen_h5e_default, H5E_WALK_UPWARD,
        { depth, entry, context in
          guard let entry, let context else { return 0 }
          let failure = context.assumingMemoryBound(to: HDF5Failure.self)
          if depth == 0, let description = entry.pointee.desc {
            failure.pointee = HDF5Failure(description: String(cString: description))
          }
          if gpgen_h5e_is_memory(entry) != 0 { failure.pointee.code = .memory }
          return 0
        }, failure)
    }
    H5Eclear2(gpgen_h5e_default)
    return failure
  }
}

/// Makes calls in order until one fails, and returns the last status. A call after a failure would lose the library's
/// reason, which is that of its last call.
func inOrder(
  _ first: @autoclosure () -> herr_t, _ second: @autoclosure () -> herr_t, _ third: @autoclosure () -> herr_t = 0
) -> herr_t {
  let status = first()
  if status < 0 { return status }
  let next = second()
  return next < 0 ? next : third()
}

/// An HDF5 identifier (a type, a dataspace, a property list) with the function that closes it.
struct HDF5Identifier: ~Copyable {
  let id: hid_t
  private let close: @Sendable (hid_t) -> herr_t

  init(
    _ what: @autoclosure () -> String, closedBy close: @escaping @Sendable (hid_t) -> herr_t, _ make: () -> hid_t
  ) throws(DatasetError) {
    id = try HDF5Library.call(what(), make)
    self.close = close
  }

  deinit {
    HDF5Library.release { _ = close(id) }
  }
}
