/// What can go wrong with a recipe, a shard or a preview; the message says what was found and what to do.
public struct DatasetError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// A recipe, or a value in it, that cannot be made into a dataset.
    case invalidRecipe
    /// An output that exists already, in whole or in part.
    case outputExists
    /// An output that another process is writing.
    case outputLocked
    /// A file that is not what it should be.
    case invalidFile
    /// A file of a format that this version does not know.
    case unsupportedVersion
    /// A dataset some of whose samples have not been made yet.
    case unfinished
    /// A shard that should be there and is not.
    case missingShard
    /// Not enough room on the disk.
    case diskFull
    /// The operating system refused an operation on a file.
    case fileSystem
    /// The HDF5 library refused an operation.
    case hdf5
    /// More memory than the process may have, or than the system gives.
    case memory
    /// The libpng library refused an operation.
    case png
    /// The samples of an unfinished output come out with other bits here.
    case roundingDiffers
    /// Work was stopped from outside; what is finished is kept.
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

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
