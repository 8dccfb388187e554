import Synchronization

/// The errors of several threads.
final class FirstErrors: Sendable {
  private let errors: Mutex<[BackdropError?]>

  init(count: Int) { errors = Mutex(Array(repeating: nil, count: count)) }

  func set(_ error: BackdropError, _ index: Int) { errors.withLock { $0[index] = error } }

  /// The error of the lowest-numbered thread that failed.
  var first: BackdropError? { errors.withLock { $0.lazy.compactMap(\.self).first } }
}
