/// What can be wrong with a stream; the message says what was found and what to do.
public struct StreamError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// A batch size, rank, split or crop that cannot be.
    case invalidOptions
    /// A state of another dataset or seed.
    case foreignState
    /// A split without samples, or with fewer samples than ranks.
    case empty
    /// All batches of the ring are held by the consumer.
    case ringExhausted
    /// The dataset cannot be read.
    case unreadable
    /// Textures whose likelihood cannot be computed.
    case noLikelihood
    /// Too little memory for the ring, or for the threads that fill it.
    case memory
  }

  /// The kind.
  public let code: Code
  /// What was found, what was expected, what to do.
  public let message: String
  /// The error that led to this one, where there is one.
  public let cause: (any Error)?

  /// The message.
  public var description: String { message }

  /// A dataset or a recipe that cannot be read, for the reason that `cause` gives.
  public init(unreadable cause: any Error) {
    self.init(.unreadable, "\(cause)", cause: cause)
  }

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
