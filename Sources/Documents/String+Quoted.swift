extension String {
  /// This text for a message, escaped, since it may be anything.
  package var escaped: String { unicodeScalars.map { $0.escaped(asASCII: true) }.joined() }

  /// This text in quotes for a message: cut to 40 characters, and escaped, since it may be anything.
  package var quoted: String {
    let shown = unicodeScalars.prefix(40).map { $0.escaped(asASCII: true) }.joined()
    return unicodeScalars.count > 40 ? "\"\(shown)…\"" : "\"\(shown)\""
  }
}
