/// An error of a task or a job; the message says what was found and what to do.
public struct ClusterError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// The environment does not name the task or the number of tasks.
    case unknownTask
    /// A job with an invalid division, name or option.
    case invalidJob
    /// A script that cannot be written.
    case fileSystem
    /// sbatch is missing or refuses the job.
    case notSubmitted
  }

  /// The kind.
  public let code: Code
  /// What was found, what was expected, what to do.
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
