import Foundation

/// Why a call of the HDF5 library failed, as the innermost entry of its stack of errors describes it.
struct HDF5Failure: Equatable {
  var code = DatasetError.Code.hdf5
  var reason = "the HDF5 library gives no reason"

  init() {}

  /// - Parameter description: the library's text. If a system call failed, that is the call's parameters, `errno` and the
  ///   system's message; only the message is kept.
  init(description: String) {
    guard let number = Self.value(of: "errno = ", endedBy: ",", in: description).flatMap({ Int32($0) }),
      let message = Self.value(of: "error message = '", endedBy: "'", in: description)
    else {
      reason = "HDF5 says: \(description)"
      return
    }
    code = DatasetError.Code(systemError: number)
    reason = message
  }

  /// The text behind a name; the last one, since a file's name may hold the same text.
  private static func value(of name: String, endedBy end: String, in text: String) -> String? {
    guard let start = text.range(of: name, options: .backwards)?.upperBound,
      let stop = text[start...].range(of: end)?.lowerBound
    else { return nil }
    return String(text[start..<stop])
  }
}
