import Synchronization

/// What went wrong on each of several threads.
final class FirstErrors: Sendable {
  private let errors: Mutex<[BackdropError?]>

  init(count: Int) { errors = Mutex(Array(repeating: nil, count: count)) }

  func set(_ error: BackdropError, _ index: Int) { errors.withLock { $0[index] = error } }

  /// Of the thread with the lowest number.
  var first: BackdropError? { errors.withLock { $0.lazy.compactMap(\.self).first } }
}
