import Foundation

/// Why a call of the HDF5 library failed, according to the innermost entry of its error stack.
struct HDF5Failure: Equatable {
  var code = DatasetError.Code.hdf5
  var reason = "the HDF5 library gave no reason"

  init() {}

  /// - Parameter description: the library's text. For a failed system call it has the call's parameters, `errno` and
  ///   the system's message, of which only the message is kept.
  init(description: String) {
    guard let number = Self.value(of: "errno = ", endedBy: ",", in: description).flatMap({ Int32($0) }),
      let message = Self.value(of: "error message = '", endedBy: "'", in: description)
    else {
      reason = "HDF5 reports: \(description)"
      return
    }
    code = DatasetError.Code(systemError: number)
    reason = message
  }

  /// The text after the last occurrence of a name, since a file name may contain the same text.
  private static func value(of name: String, endedBy end: String, in text: String) -> String? {
    guard let start = text.range(of: name, options: .backwards)?.upperBound,
      let stop = text[start...].range(of: end)?.lowerBound
    else { return nil }
    return String(text[start..<stop])
  }
}
