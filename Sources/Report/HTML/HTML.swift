/// A fragment of HTML with inline SVG, well-formed and escaped by construction.
///
/// Tags and attribute names are literals in this program's source (`StaticString`). All other strings may come from
/// files and paths; they can only become text or attribute values, and are escaped.
struct HTML: Sendable {
  /// The markup.
  private(set) var markup: String

  private init(markup: String) { self.markup = markup }

  /// The empty fragment.
  static let empty = HTML(markup: "")

  /// Text, with any content.
  static func text(_ text: String) -> HTML { HTML(markup: escaped(text)) }

  /// An element with its end tag.
  ///
  /// - Parameters:
  ///   - tag: the element's name.
  ///   - attributes: the attributes' names and their values in plain text.
  ///   - content: the element's content, in order.
  static func element(
    _ tag: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ content: [HTML] = []
  ) -> HTML {
    var markup = startTag(tag, attributes)
    for piece in content { markup += piece.markup }
    return HTML(markup: markup + "</\(tag)>")
  }

  /// An element that contains text.
  static func element(
    _ tag: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ text: String
  ) -> HTML {
    element(tag, attributes, [.text(text)])
  }

  /// An element without content or end tag, such as `meta`.
  static func void(_ tag: StaticString, _ attributes: KeyValuePairs<StaticString, String>) -> HTML {
    HTML(markup: startTag(tag, attributes))
  }

  /// A style sheet.
  static func style(_ sheet: StaticString) -> HTML { HTML(markup: "<style>\n\(sheet)\n</style>") }

  /// A complete document.
  ///
  /// - Parameters:
  ///   - head: the content of `head`.
  ///   - body: the content of `body`.
  static func document(head: [HTML], body: [HTML]) -> HTML {
    let page = element("html", ["lang": "en"], [element("head", [:], head), element("body", [:], body)])
    return HTML(markup: "<!DOCTYPE html>\n\(page.markup)\n")
  }

  static func + (a: HTML, b: HTML) -> HTML { HTML(markup: a.markup + b.markup) }

  static func += (a: inout HTML, b: HTML) { a.markup += b.markup }

  private static func startTag(_ tag: StaticString, _ attributes: KeyValuePairs<StaticString, String>) -> String {
    var text = "<\(tag)"
    for (name, value) in attributes { text += " \(name)=\"\(escaped(value))\"" }
    return text + ">"
  }

  /// Escapes a text for use between tags and in quoted attribute values.
  ///
  /// Characters that HTML forbids or that change the direction of the surrounding text are replaced.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    escaped.unicodeScalars.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\t", "\n": escaped.unicodeScalars.append(scalar)
      default: escaped.unicodeScalars.append(isRefused(scalar) ? "\u{FFFD}" : scalar)
      }
    }
    return escaped
  }

  /// Whether a character is a control character, a noncharacter, or overrides the direction of text.
  private static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069, 0xFDD0...0xFDEF: true
    default: scalar.value & 0xFFFE == 0xFFFE
    }
  }
}

extension [HTML] {
  /// The concatenation of all pieces.
  var joined: HTML { reduce(into: HTML.empty) { $0 += $1 } }
}
