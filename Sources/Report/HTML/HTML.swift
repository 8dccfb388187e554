/// A piece of HTML, with inline SVG, that is well-formed and escaped by construction.
///
/// Markup comes from tags and names of attributes that are written in this program's source (`StaticString`); all other
/// strings, which files and paths may have put there, become text or values of attributes, and are escaped.
struct HTML: Sendable {
  /// The markup.
  private(set) var markup: String

  private init(markup: String) { self.markup = markup }

  /// Nothing.
  static let empty = HTML(markup: "")

  /// Text, whatever it contains.
  static func text(_ text: String) -> HTML { HTML(markup: escaped(text)) }

  /// An element with its end tag.
  ///
  /// - Parameters:
  ///   - tag: the element's name.
  ///   - attributes: their names, and their values in plain text.
  ///   - content: what is inside, in order.
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

  /// The style sheet, which is part of this program.
  static func style(_ sheet: StaticString) -> HTML { HTML(markup: "<style>\n\(sheet)\n</style>") }

  /// The whole file.
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

  /// Text in which nothing is markup, between tags and within the quotes of an attribute. What must not stand in HTML, and what
  /// would reverse the order of the text around it, is replaced.
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

  /// Control characters, noncharacters, and those that override the direction of text.
  private static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069, 0xFDD0...0xFDEF: true
    default: scalar.value & 0xFFFE == 0xFFFE
    }
  }
}

extension [HTML] {
  /// All pieces, one after the other.
  var joined: HTML { reduce(into: HTML.empty) { $0 += $1 } }
}
