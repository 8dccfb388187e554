import TextureDataset

/// Named values with intervals, one below the other, along one axis.
struct DotPlot: Sendable {
  /// A named value.
  struct Row: Sendable {
    let name: String
    let value: Double
    let low: Double?
    let high: Double?
    let style: SeriesStyle
  }

  let title: String
  let label: String
  let axis: PlotAxis
  let rows: [Row]
  /// A named value to compare with.
  var reference: (name: String, value: Double)?

  private static let rowHeight = 24.0
  /// Maximum number of characters of a name; its tooltip has the whole name.
  private static let maximumName = 22

  /// The figure; empty if there are no rows.
  var html: HTML {
    guard !rows.isEmpty else { return .empty }
    let names = rows.map { shortened($0.name, to: Self.maximumName) }
    var frame = ChartFrame()
    frame.left = 12 + 6.6 * Double(names.map(\.count).max() ?? 0)
    frame.top = reference == nil ? 6 : 20
    frame.height = frame.top + frame.bottom + Self.rowHeight * Double(rows.count)
    var pieces = [HTML.element("g", ["class": "axes"], frame.horizontalAxis(axis, label: label))]
    if let reference, let place = axis.place(reference.value).map(frame.x) {
      let text = "\(reference.name) \(significant(reference.value))"
      pieces.append(
        .element(
          "g", ["class": "series s6"],
          [
            .element(
              "path",
              [
                "class": "reference", "stroke-dasharray": "6 4",
                "d": "M\(coordinates(place, frame.top - 4))V\(coordinate(frame.height - frame.bottom))",
              ], [.element("title", [:], text)]),
            .element(
              "text",
              [
                "class": "quiet", "x": coordinate(place), "y": "11",
                "text-anchor": place > frame.width * 0.75 ? "end" : "middle",
              ], text),
          ]))
    }
    for (index, (row, name)) in zip(rows, names).enumerated() {
      let y = frame.top + Self.rowHeight * (Double(index) + 0.5)
      pieces.append(draw(row, name, y: y, frame))
    }
    return figure(
      title, nil,
      [
        .element(
          "svg",
          ["class": "chart", "viewBox": frame.viewBox, "role": "img", "aria-label": "\(title): \(label)"], pieces)
      ])
  }

  private func draw(_ row: Row, _ name: String, y: Double, _ frame: ChartFrame) -> HTML {
    var pieces: [HTML] = [
      .element(
        "text", ["x": coordinate(frame.left - 8), "y": coordinate(y + 4), "text-anchor": "end"],
        [.text(name), .element("title", [:], row.name)]),
      .element(
        "path", ["class": "rule", "d": "M\(coordinates(frame.left, y))H\(coordinate(frame.width - frame.right))"]),
    ]
    var text = "\(row.name): \(significant(row.value))"
    if let low = row.low, let high = row.high, let start = axis.place(low).map(frame.x),
      let end = axis.place(high).map(frame.x)
    {
      text += " (\(significant(low)) to \(significant(high)))"
      pieces.append(
        .element(
          "path",
          [
            "class": "interval",
            "d":
              "M\(coordinates(start, y - 4))v8M\(coordinates(start, y))H\(coordinate(end))M\(coordinates(end, y - 4))v8",
          ]))
    }
    if let place = axis.place(row.value).map(frame.x) {
      pieces.append(
        .element(
          "path",
          [
            "class": row.style.isFilled ? "point full" : "point", "d": row.style.marker(x: place, y: y, radius: 4),
          ], [.element("title", [:], text)]))
    }
    return .element("g", ["class": "series \(row.style.colorClass)"], pieces)
  }
}

/// Truncates a text to a number of characters, the last of which is then an ellipsis.
func shortened(_ text: String, to count: Int) -> String {
  text.count > count ? text.prefix(count - 1) + "…" : text
}
