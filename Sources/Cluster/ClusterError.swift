/// What can go wrong with a task's place in a job, or with a job; the message says what was found and what to do.
public struct ClusterError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// The environment does not say which task a process is, or of how many.
    case unknownTask
    /// A job that cannot be so divided or named.
    case invalidJob
    /// A script that cannot be written.
    case fileSystem
    /// Slurm's own command is not there, or refuses the job.
    case notSubmitted
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
