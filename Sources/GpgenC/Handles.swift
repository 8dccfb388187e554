import CGpgen
import Synchronization

/// The caller's open objects by handle. Handles are never reused. This is the library's only state.
enum Handles {
  private static let state = Mutex((last: UInt64(0), objects: [UInt64: any Sendable & AnyObject]()))

  /// Returns a new handle for an object.
  static func add(_ object: any Sendable & AnyObject) -> UInt64 {
    state.withLock { state in
      state.last += 1
      state.objects[state.last] = object
      return state.last
    }
  }

  /// The object of a handle.
  ///
  /// - Throws: ``Failure`` with code `GPGEN_INVALID_HANDLE` if it is closed or of another kind.
  static func object<Object: NamedObject>(_ handle: UInt64, _: Object.Type = Object.self) throws(Failure) -> Object {
    let object = state.withLock { $0.objects[handle] }
    guard let object = object as? Object else { throw failure(handle, object, expected: Object.kind) }
    return object
  }

  /// Closes a handle and returns its object.
  ///
  /// - Throws: ``Failure`` with code `GPGEN_INVALID_HANDLE` if it is closed or of another kind.
  static func remove<Object: NamedObject>(_ handle: UInt64, _: Object.Type = Object.self) throws(Failure) -> Object {
    let (object, found) = state.withLock { state in
      let found = state.objects[handle]
      if found is Object { state.objects[handle] = nil }
      return (found as? Object, found)
    }
    guard let object else { throw failure(handle, found, expected: Object.kind) }
    return object
  }

  private static func failure(_ handle: UInt64, _ found: (any Sendable & AnyObject)?, expected: String) -> Failure {
    let kind = (found as? any NamedObject).map { type(of: $0).kind }
    let reason = kind.map { "is \($0)" } ?? "is closed, or was never returned"
    return Failure(GPGEN_INVALID_HANDLE, "handle \(handle): \(reason); expected \(expected)")
  }
}

/// An object with a handle.
protocol NamedObject: AnyObject, Sendable {
  /// The kind of object in messages, with an article.
  static var kind: String { get }
}
