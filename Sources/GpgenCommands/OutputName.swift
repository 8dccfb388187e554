import ArgumentParser

/// Checks of the names that options give for output. What is there by these names is checked when the command runs.
enum OutputName {
  /// Refuses what cannot be the name of a file.
  ///
  /// - Parameters:
  ///   - name: the option's value.
  ///   - option: the option, as the message names it.
  ///   - example: a name that would do.
  ///   - ending: that the name must have, such as ".png".
  static func checkFile(
    _ name: String, of option: String = "--out", like example: String, ending: String = ""
  ) throws(ValidationError) {
    guard !name.isEmpty, !name.hasSuffix("/"), name != "-" else { throw refusal(option, name, "file", example) }
    guard name.lowercased().hasSuffix(ending) else {
      throw ValidationError("\(option) \(name): expected a name that ends in \(ending), like \(example).")
    }
  }

  /// Refuses what cannot be the name of a folder.
  static func checkFolder(_ name: String, of option: String = "--out", like example: String) throws(ValidationError) {
    guard !name.isEmpty, name != "-" else { throw refusal(option, name, "folder", example) }
  }

  private static func refusal(_ option: String, _ name: String, _ kind: String, _ example: String) -> ValidationError {
    let reason = name == "-" ? "; nothing goes to standard output" : ""
    return ValidationError("\(option) \"\(name)\": expected a \(kind)'s name, like \(example)\(reason).")
  }
}
