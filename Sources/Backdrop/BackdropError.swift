/// /// An error in a network, its training or its files. The message says what was found and what to do.
public struct BackdropError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// An invalid network: a layer that does not fit the output of the layer before it, or an unknown key.
    case invalidNetwork
    /// The textures are too small for the network.
    case tooSmall
    /// An invalid training option: a learning rate, a batch size, or a loss for another number of classes.
    case invalidOptions
    /// A dataset that cannot be trained on: it has one class, or fewer samples than a batch.
    case unsuitableDataset
    /// Weights whose names or shapes differ from the network's.
    case foreignWeights
    /// A checkpoint of a different network, dataset or configuration.
    case foreignCheckpoint
    /// A damaged file, or one of the wrong kind.
    case invalidFile
    /// The run folder already exists.
    case outputExists
    /// A file operation failed.
    case fileSystem
    /// The loss is infinite or not a number.
    case diverged
    /// The work was interrupted; a checkpoint is kept.
    case interrupted
    /// There is not enough memory.
    case memory
    /// A oneDNN operation failed.
    case oneDNN
    /// The stream of textures failed.
    case stream
    /// Processes that train together cannot communicate.
    case communication
  }

  /// The kind of error.
  public let code: Code
  /// What was found, what was expected, what to do.
  public let message: String
  /// The underlying error, if any.
  public let cause: (any Error)?

  /// The message.
  public var description: String { message }

  /// Creates the error that a ``Communicator`` throws.
  ///
  /// - Parameter message: what was found, what was expected, what to do.
  public init(communication message: String) { self.init(.communication, message) }

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
