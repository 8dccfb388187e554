import Testing

/// A parsed report: its elements in order. Parsing fails if the markup is not well-formed.
struct Page {
  /// A start tag.
  struct Element {
    let name: String
    let attributes: [String: String]
    /// The names and classes of the elements around it, outermost first.
    let ancestors: [String]
  }

  let elements: [Element]
  private static let void: Set<String> = ["meta", "img", "br"]

  /// - Throws: An error if tags are not balanced or an attribute is not quoted.
  init(_ text: String) throws {
    var elements: [Element] = []
    var open: [(name: String, path: String)] = []
    var scanner = Scanner(bytes: Array(text.utf8))
    _ = scanner.take("<!DOCTYPE html>")
    while scanner.skip(to: "<") {
      if scanner.take("</") {
        let (name, last) = (scanner.name(), open.popLast()?.name)
        let isWhole = scanner.take(">")
        try #require(isWhole && name == last, "</\(name)> ends <\(last ?? "")>")
        continue
      }
      _ = scanner.take("<")
      let name = scanner.name()
      try #require(!name.isEmpty, "a < that begins no tag")
      var attributes: [String: String] = [:]
      while scanner.take(" ") {
        let attribute = scanner.name()
        let isQuoted = scanner.take("=\"")
        try #require(isQuoted && !attribute.isEmpty, "an attribute of <\(name)> is not quoted")
        attributes[attribute] = scanner.text(upTo: "\"")
        let hasEnd = scanner.take("\"")
        try #require(hasEnd)
      }
      let isWhole = scanner.take(">")
      try #require(isWhole, "<\(name) is not closed")
      elements.append(Element(name: name, attributes: attributes, ancestors: open.map(\.path)))
      if !Self.void.contains(name) { open.append((name, "\(name).\(attributes["class"] ?? "")")) }
    }
    try #require(open.isEmpty)
    self.elements = elements
  }

  /// Scans bytes from left to right.
  private struct Scanner {
    let bytes: [UInt8]
    var place = 0

    /// Skips the characters if they come next, and returns whether they do.
    mutating func take(_ characters: String) -> Bool {
      guard bytes[place...].starts(with: characters.utf8) else { return false }
      place += characters.utf8.count
      return true
    }

    /// Skips to the next occurrence of a character; false if there is none.
    mutating func skip(to character: Character) -> Bool {
      place = character.asciiValue.flatMap { bytes[place...].firstIndex(of: $0) } ?? bytes.count
      return place < bytes.count
    }

    mutating func name() -> String {
      let start = place
      while place < bytes.count,
        Character(UnicodeScalar(bytes[place])).isLetter || bytes[place] == 0x2D
          || place > start && Character(UnicodeScalar(bytes[place])).isNumber
      {
        place += 1
      }
      return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    mutating func text(upTo character: Character) -> String {
      let start = place
      _ = skip(to: character)
      return String(decoding: bytes[start..<place], as: UTF8.self)
    }
  }

  /// The numbers of points of the series of the first chart whose label begins with a text.
  func points(ofChart label: String) -> [Int] {
    guard
      let start = elements.firstIndex(where: {
        $0.name == "svg" && $0.attributes["aria-label"]?.hasPrefix(label) == true
      })
    else { return [] }
    var counts: [Int] = []
    for element in elements[(start + 1)...] {
      if element.name == "svg" { break }
      if element.name == "g", element.attributes["class"]?.hasPrefix("series") == true { counts.append(0) }
      if element.attributes["class"]?.hasPrefix("point") == true, !counts.isEmpty { counts[counts.count - 1] += 1 }
    }
    return counts
  }
}
