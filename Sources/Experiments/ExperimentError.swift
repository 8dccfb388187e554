/// What can go wrong with an experiment; the message says what was found and what to do.
public struct ExperimentError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// A description that cannot be.
    case invalidDescription
    /// A folder with the results of another experiment.
    case foreignResults
    /// A file that cannot be read or written.
    case fileSystem
    /// A cell's training failed.
    case failedCell
    /// Work was stopped from outside; what is finished is kept, and what is begun can be resumed.
    case interrupted
  }

  /// The kind.
  public let code: Code
  /// What was found, what was expected, what to do.
  public let message: String
  /// The error that led to this one, where there is one.
  public let cause: (any Error)?

  /// The message.
  public var description: String { message }

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
