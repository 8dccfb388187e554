extension HTML {
  /// A table of names and what they are.
  static func facts(_ rows: [(name: String, value: String)]) -> HTML {
    let rows = rows.map { name, value in
      element("tr", [:], [element("th", ["scope": "row"], name), element("td", [:], value)])
    }
    return element("div", ["class": "scroll"], [element("table", ["class": "facts"], [element("tbody", [:], rows)])])
  }

  /// A table with a header; all columns but the first `names` are numbers.
  ///
  /// - Parameters:
  ///   - header: the columns' names.
  ///   - rows: as many cells each.
  ///   - names: how many of the first columns are text.
  static func table(_ header: [String], _ rows: [[String]], names: Int = 1) -> HTML {
    func cell(_ text: String, _ column: Int, _ tag: StaticString) -> HTML {
      element(tag, column < names ? [:] : ["class": "number"], text)
    }
    let head = element("tr", [:], header.enumerated().map { cell($1, $0, "th") })
    let body = rows.map { row in element("tr", [:], row.enumerated().map { cell($1, $0, "td") }) }
    return element(
      "div", ["class": "scroll"],
      [element("table", [:], [element("thead", [:], [head]), element("tbody", [:], body)])])
  }

  /// A paragraph.
  static func paragraph(_ text: String) -> HTML { element("p", [:], text) }

  /// A remark about what is not shown, or why.
  static func remark(_ text: String) -> HTML { element("p", ["class": "remark"], text) }

  /// Figures of related things, side by side where there is room.
  static func grid(_ figures: [HTML]) -> HTML {
    figures.isEmpty ? empty : element("div", ["class": "grid"], figures)
  }
}
