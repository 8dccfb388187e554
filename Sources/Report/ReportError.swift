import TextureDataset

/// What can go wrong with a report; the message says what was found and what to do.
public struct ReportError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// A file that is not what it should be.
    case invalidFile
    /// The operating system refused an operation on a file.
    case fileSystem
    /// A report too large to be opened by every browser.
    case tooLarge
  }

  /// The kind.
  public let code: Code
  /// What was found, what was expected, what to do.
  public let message: String

  /// The message.
  public var description: String { message }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// What went wrong with a file, in this module's terms.
  init(file error: DatasetError) {
    self.init(error.code == .invalidFile ? .invalidFile : .fileSystem, error.message)
  }
}
