import ArgumentParser

/// Checks output names. Whether files of these names exist is checked when the command runs.
enum OutputName {
  /// Refuses a name that cannot be a file's.
  ///
  /// - Parameters:
  ///   - name: the option's value.
  ///   - option: the option, as the message names it.
  ///   - example: a valid name.
  ///   - ending: the required ending, such as ".png".
  static func checkFile(
    _ name: String, of option: String = "--out", like example: String, ending: String = ""
  ) throws(ValidationError) {
    guard !name.isEmpty, !name.hasSuffix("/"), name != "-" else { throw refusal(option, name, "file", example) }
    guard name.lowercased().hasSuffix(ending) else {
      throw ValidationError("\(option) \(name): expected a name that ends in \(ending), like \(example).")
    }
  }

  /// Refuses a name that cannot be a folder's.
  static func checkFolder(_ name: String, of option: String = "--out", like example: String) throws(ValidationError) {
    guard !name.isEmpty, name != "-" else { throw refusal(option, name, "folder", example) }
  }

  private static func refusal(_ option: String, _ name: String, _ kind: String, _ example: String) -> ValidationError {
    let reason = name == "-" ? "; this output cannot go to standard output" : ""
    return ValidationError("\(option) \"\(name)\": expected a \(kind)'s name, like \(example)\(reason).")
  }
}
