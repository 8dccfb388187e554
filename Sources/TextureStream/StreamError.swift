/// An error of a stream; the message says what was found and what to do.
public struct StreamError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// An invalid batch size, rank, split, crop or other option.
    case invalidOptions
    /// A state of another dataset, seed or part.
    case foreignState
    /// A split without samples, or with fewer samples than ranks.
    case empty
    /// The consumer holds all batches of the ring.
    case ringExhausted
    /// The dataset cannot be read.
    case unreadable
    /// The likelihood of the textures cannot be computed.
    case noLikelihood
    /// Not enough memory for the ring, or for the threads that fill it.
    case memory
  }

  /// The kind.
  public let code: Code
  /// What was found, what was expected, what to do.
  public let message: String
  /// The underlying error, if any.
  public let cause: (any Error)?

  /// The message.
  public var description: String { message }

  /// Creates an error about a dataset or a recipe that cannot be read because of `cause`.
  public init(unreadable cause: any Error) {
    self.init(.unreadable, "\(cause)", cause: cause)
  }

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
