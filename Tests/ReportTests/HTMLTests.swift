import Testing

@testable import Report

@Suite struct HTMLTests {
  private static let hostile = "<script>alert('1')</script>\"]]>&amp;\u{202E}\u{0}"

  @Test func textAndAttributesAreEscaped() {
    let page = HTML.element("p", ["title": Self.hostile], Self.hostile).markup
    let escaped =
      "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;]]&gt;&amp;amp;\u{FFFD}\u{FFFD}"
    #expect(page == "<p title=\"\(escaped)\">\(escaped)</p>")
  }
}
