extension HTML {
  /// A table of names and values.
  static func facts(_ rows: [(name: String, value: String)]) -> HTML {
    let rows = rows.map { name, value in
      element("tr", [:], [element("th", ["scope": "row"], name), element("td", [:], value)])
    }
    return element("div", ["class": "scroll"], [element("table", ["class": "facts"], [element("tbody", [:], rows)])])
  }

  /// A table with a header.
  ///
  /// - Parameters:
  ///   - header: the names of the columns.
  ///   - rows: the rows, each with a cell for every column.
  ///   - names: the number of leading columns that contain text; the others contain numbers.
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

  /// A remark, such as what is not shown and why.
  static func remark(_ text: String) -> HTML { element("p", ["class": "remark"], text) }

  /// Related figures, side by side if they fit.
  static func grid(_ figures: [HTML]) -> HTML {
    figures.isEmpty ? empty : element("div", ["class": "grid"], figures)
  }
}
