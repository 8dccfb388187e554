/// A fault in a document.
package struct DocumentError: Error, CustomStringConvertible {
  /// Where, what was found and what was expected.
  package let message: String
  /// The error that led to this one, where there is one.
  package let cause: (any Error)?

  /// The message.
  package var description: String { message }

  package init(_ message: String, cause: (any Error)? = nil) {
    self.message = message
    self.cause = cause
  }
}
