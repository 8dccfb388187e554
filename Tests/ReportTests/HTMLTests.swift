import Testing

@testable import Report

@Suite struct HTMLTests {
  static let hostile = "<script>alert('1')</script>\"]]>&amp;\u{202E}\u{0}"
  private static let escaped = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;]]&gt;&amp;amp;\u{FFFD}\u{FFFD}"

  @Test func textAndAttributesAreEscaped() {
    #expect(
      HTML.element("p", ["title": Self.hostile], Self.hostile).markup
        == "<p title=\"\(Self.escaped)\">\(Self.escaped)</p>")
    #expect(HTML.void("img", ["alt": Self.hostile]).markup == "<img alt=\"\(Self.escaped)\">")
  }

  @Test func tablesHaveACellForEachText() {
    let table = HTML.table(["a", "b"], [["1", Self.hostile], ["2", "3"]]).markup
    #expect(table.matches(of: #/<td/#).count == 4 && table.matches(of: #/<th/#).count == 3)
    #expect(table.contains("<td class=\"number\">\(Self.escaped)</td>"))
    #expect(HTML.facts([("name", Self.hostile)]).markup.contains("<td>\(Self.escaped)</td>"))
  }
}
