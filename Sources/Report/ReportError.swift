import TextureDataset

/// An error of a report, with a message that says what was found and what to do.
public struct ReportError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// A file has invalid contents.
    case invalidFile
    /// The operating system refused an operation on a file.
    case fileSystem
    /// The report would be too large for some browsers.
    case tooLarge
  }

  /// The kind of error.
  public let code: Code
  /// What was found, what was expected, and what to do.
  public let message: String

  /// The message.
  public var description: String { message }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Translates an error about a file.
  init(file error: DatasetError) {
    self.init(error.code == .invalidFile ? .invalidFile : .fileSystem, error.message)
  }
}
