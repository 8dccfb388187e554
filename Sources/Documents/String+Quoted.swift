extension String {
  /// This text, escaped for a message: untrusted input may contain anything.
  package var escaped: String { unicodeScalars.map { $0.escaped(asASCII: true) }.joined() }

  /// This text, escaped, truncated to 40 characters and quoted for a message.
  package var quoted: String {
    let shown = unicodeScalars.prefix(40).map { $0.escaped(asASCII: true) }.joined()
    return unicodeScalars.count > 40 ? "\"\(shown)…\"" : "\"\(shown)\""
  }
}
