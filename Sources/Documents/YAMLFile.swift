import Yams

/// A YAML file that must contain one mapping, such as a recipe.
///
/// Scalars keep their text. This type decides which text is a number or a truth value, by the rules of YAML 1.2: in
/// YAML 1.1 `1:30` is 90 and `no` is false.
package struct YAMLFile {
  /// The file's name in messages.
  package let name: String
  /// What the file describes, in one word: "recipe".
  package let subject: String
  /// One of its keys with a value: "side: 1024".
  package let example: String
  /// Where to find a complete example: "`gpgen recipe` prints one".
  package let hint: String

  /// - Parameters:
  ///   - name: the file's name in messages.
  ///   - subject: what the file describes, in one word.
  ///   - example: one of its keys with a value.
  ///   - hint: where to find a complete example.
  package init(name: String, subject: String, example: String, hint: String) {
    self.name = name
    self.subject = subject
    self.example = example
    self.hint = hint
  }

  /// The maximum size of a file in bytes; the longest useful file is less than half of it.
  static let maximumSize = 262_144

  /// A message about a line of this file, prefixed with its location.
  package func located(_ message: String, line: Int?) -> String {
    line.map { "\(name):\($0): \(message)" } ?? "\(name): \(message)"
  }

  /// An error at a line of this file.
  package func error(line: Int?, _ message: String) -> DocumentError { DocumentError(located(message, line: line)) }

  /// The file's keys and values.
  ///
  /// - Throws: ``DocumentError`` if the text is not YAML, not a single document or not a mapping, repeats a key, or
  ///   uses anchors, aliases or tags.
  package func mapping(of yaml: String) throws(DocumentError) -> Node.Mapping {
    guard yaml.utf8.count <= Self.maximumSize else {
      throw error(line: nil, "found \(yaml.utf8.count) bytes, expected a \(subject) of at most \(Self.maximumSize)")
    }
    try refuseAliases(in: yaml)
    let root: Node?
    do {
      // Some editors begin a file with a byte order mark, which the parser would take for text.
      let text = yaml.unicodeScalars.first == "\u{feff}" ? String(yaml.unicodeScalars.dropFirst()) : yaml
      root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
    } catch {
      throw explain(error)
    }
    guard let root else {
      throw error(line: nil, "found an empty file, expected the keys of a \(subject); \(hint)")
    }
    guard case .mapping(let mapping) = root, root.tag == Tag(.map) else {
      throw error(
        line: root.mark?.line,
        "found \(describe(root)), expected the keys of a \(subject), such as `\(example)`; \(hint)")
    }
    return mapping
  }

  /// Rejects anchors and aliases before parsing: a few lines of them can expand to more values than can ever be
  /// compared.
  ///
  /// A quotation mark, an anchor or an alias can only begin a token, so each is text where it follows a letter, as in
  /// "the paper's". Quoted text must end on its own line, so that comments can be recognised line by line. Where a line
  /// of a block of text begins a word with one of these characters, it is refused too.
  private func refuseAliases(in yaml: String) throws(DocumentError) {
    // Every line break in YAML ends a comment, including a lone carriage return and U+2028.
    for (index, text) in yaml.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      // The parser skips a byte order mark at the beginning of any line.
      let line = text.unicodeScalars.drop { $0 == "\u{feff}" }
      var quote: Unicode.Scalar?
      var previous: Unicode.Scalar = " "
      scan: for character in line {
        let beginsToken = quote == nil && " \t[{,:-?".unicodeScalars.contains(previous)
        switch character {
        case "#" where quote == nil && (previous == " " || previous == "\t"): break scan
        case "\"", "'":
          // Doubled within its own kind of quotes, an apostrophe closes them and opens them again.
          if quote == character {
            quote = nil
          } else if beginsToken || (quote == nil && previous == character) {
            quote = character
          }
        case "\\":
          throw error(line: index + 1, "found a backslash, which no value in a \(subject) needs; remove it")
        case "&", "*":
          guard beginsToken || (quote == nil && "]}\"'".unicodeScalars.contains(previous)) else { break }
          throw error(
            line: index + 1, "found an anchor or alias (& or *), expected the value itself; write out the value")
        default: break
        }
        previous = character
      }
      guard quote == nil else {
        throw error(line: index + 1, "found a quotation mark without its partner on the same line")
      }
    }
  }

  /// The parser's error, with the line it names.
  private func explain(_ error: any Error) -> DocumentError {
    let line: Int?
    let message: String
    switch error {
    case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _):
      (line, message) = (mark.line, "this is not YAML: \(problem)")
    case YamlError.composer(_, "but found another document", let mark, _):
      (line, message) = (mark.line, "found a second document, expected one \(subject) per file")
    case YamlError.composer(_, let problem, let mark, _):
      (line, message) = (mark.line, "this is not YAML: \(problem)")
    case YamlError.duplicatedKeysInMapping(let keys, let context):
      let names = keys.map(\.quoted).joined(separator: ", ")
      (line, message) = (
        context.mark.line, "found \(names) more than once, expected each key once; remove the duplicate"
      )
    case YamlError.reader(let problem, let offset, _, let yaml):
      let before = offset.map { yaml.prefix($0) }
      (line, message) = (before.map { 1 + $0.count(where: \.isNewline) }, "this is not UTF-8 text: \(problem)")
    default:
      (line, message) = (nil, "this is not YAML: \(error)")
    }
    return DocumentError(located(message, line: line), cause: error)
  }
}
