/// What can go wrong with a network, its training or its files; the message says what was found and what to do.
public struct BackdropError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// A network that cannot be: a layer that does not fit what comes before it, or a key that there is not.
    case invalidNetwork
    /// Textures too small for the network.
    case tooSmall
    /// A choice of training that cannot be: a learning rate, a batch size, a loss for another number of classes.
    case invalidOptions
    /// A dataset that cannot be trained on: one class, or fewer samples than a batch.
    case unsuitableDataset
    /// Weights of other names or shapes than the network's.
    case foreignWeights
    /// A checkpoint of another network, dataset or configuration.
    case foreignCheckpoint
    /// A file that is not what it should be.
    case invalidFile
    /// A run folder that exists already.
    case outputExists
    /// The operating system refused an operation on a file.
    case fileSystem
    /// The loss is not a number, or infinite.
    case diverged
    /// Work was stopped from outside; a checkpoint is kept.
    case interrupted
    /// Less memory than a pass needs.
    case memory
    /// oneDNN refused an operation.
    case oneDNN
    /// The stream of textures failed.
    case stream
    /// Processes that train together cannot reach each other.
    case communication
  }

  /// The kind.
  public let code: Code
  /// What was found, what was expected, what to do.
  public let message: String
  /// The error that led to this one, where there is one.
  public let cause: (any Error)?

  /// The message.
  public var description: String { message }

  /// What a ``Communicator`` throws.
  ///
  /// - Parameter message: what was found, what was expected, what to do.
  public init(communication message: String) { self.init(.communication, message) }

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
