/// An error of an experiment, with a message that says what was found and what to do.
public struct ExperimentError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// The description of the experiment is invalid.
    case invalidDescription
    /// The folder contains results of another experiment.
    case foreignResults
    /// A file cannot be read or written.
    case fileSystem
    /// A cell's training failed.
    case failedCell
    /// The work was stopped; finished cells are kept, and the others can be resumed.
    case interrupted
  }

  /// The kind of error.
  public let code: Code
  /// What was found, what was expected, and what to do.
  public let message: String
  /// The error that led to this one, if any.
  public let cause: (any Error)?

  /// The message.
  public var description: String { message }

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
