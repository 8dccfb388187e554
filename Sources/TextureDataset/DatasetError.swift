/// An error about a recipe, a dataset or a preview; the message says what was found and what to do.
public struct DatasetError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// A recipe that no dataset can be made from, or an invalid value in it.
    case invalidRecipe
    /// The output already exists, in whole or in part.
    case outputExists
    /// Another process is writing the output.
    case outputLocked
    /// A file that is damaged or of another kind than expected.
    case invalidFile
    /// A file format that this version cannot read.
    case unsupportedVersion
    /// A dataset that still lacks some samples.
    case unfinished
    /// A missing shard.
    case missingShard
    /// Not enough disk space.
    case diskFull
    /// The operating system refused an operation on a file.
    case fileSystem
    /// The HDF5 library refused an operation.
    case hdf5
    /// More memory than the process may use, or a failed allocation.
    case memory
    /// The libpng library refused an operation.
    case png
    /// This machine regenerates existing samples with different bits.
    case roundingDiffers
    /// The work was interrupted; finished samples are kept.
    case interrupted
  }

  /// The kind.
  public let code: Code
  /// What was found, what was expected, what to do.
  public let message: String
  /// The underlying error, if any.
  public let cause: (any Error)?

  /// The message.
  public var description: String { message }

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
