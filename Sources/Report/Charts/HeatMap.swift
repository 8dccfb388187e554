import TextureDataset

/// A confusion matrix: rows are true classes and columns predicted ones; the colour shows the fraction of the row.
struct HeatMap: Sendable {
  /// The maximum number of classes that a report shows as a map.
  static let maximumClasses = 32

  let title: String
  /// The names of the classes.
  let names: [String]
  /// Counts, shape (true class, predicted class).
  let counts: [[Int]]

  private static let maximumName = 16

  var html: HTML {
    let count = names.count
    guard count > 0, counts.count == count, counts.allSatisfy({ $0.count == count }) else { return .empty }
    let short = names.map { shortened($0, to: Self.maximumName) }
    let longest = Double(short.map(\.count).max() ?? 0)
    let widest = counts.joined().map { String($0).count }.max() ?? 1
    let (left, side) = (26 + 6.8 * longest, max(26, min(48, 340 / Double(count)), 7.2 * Double(widest) + 6))
    // Column names that do not fit are slanted.
    let isSlanted = 6.8 * longest + 4 > side
    let top = isSlanted ? 30 + 5.2 * longest : 40
    let width = left + side * Double(count) + (isSlanted ? 5.2 * longest : 8)
    let height = top + side * Double(count) + 6
    var pieces: [HTML] = [
      .element("text", ["class": "quiet", "x": coordinate(left), "y": "13"], "predicted class"),
      .element(
        "text",
        [
          "class": "quiet", "transform": "translate(12 \(coordinate(height - 6))) rotate(-90)",
        ], "true class"),
    ]
    for (index, name) in short.enumerated() {
      let middle = side * (Double(index) + 0.5)
      let (x, y) = (left + middle, top - 7)
      let place: KeyValuePairs<StaticString, String> =
        isSlanted
        ? ["transform": "translate(\(coordinates(x, y))) rotate(-45)"]
        : ["x": coordinate(x), "y": coordinate(y), "text-anchor": "middle"]
      let content: [HTML] = [.text(name), .element("title", [:], names[index])]
      pieces += [
        .element("text", place, content),
        .element(
          "text", ["x": coordinate(left - 6), "y": coordinate(top + middle + 4), "text-anchor": "end"], content),
      ]
    }
    for (truth, row) in counts.enumerated() {
      let total = row.reduce(0) { $0 &+ max($1, 0) }
      for (predicted, number) in row.enumerated() {
        let fraction = total > 0 ? Double(max(number, 0)) / Double(total) : 0
        pieces.append(
          cell(
            number, fraction, x: left + side * Double(predicted), y: top + side * Double(truth), side: side,
            "\(names[truth]), predicted \(names[predicted]): \(number), \(percentage(fraction)) of the class"))
      }
    }
    return .element(
      "figure", [:],
      [
        .element("figcaption", [:], title),
        .element(
          "div", ["class": "scroll"],
          [
            .element(
              "svg",
              [
                "viewBox": "0 0 \(coordinates(width, height))", "role": "img",
                "aria-label": "\(title): \(count) classes; rows are true classes, columns predicted ones",
                "style": "width: \(coordinate(width))px; max-width: none",
              ], pieces)
          ]),
      ])
  }

  private func cell(_ number: Int, _ fraction: Double, x: Double, y: Double, side: Double, _ text: String) -> HTML {
    .element(
      "g", [:],
      [
        .element(
          "rect",
          [
            "class": "heat data", "x": coordinate(x), "y": coordinate(y), "width": coordinate(side),
            "height": coordinate(side), "fill-opacity": number == 0 ? "0" : "\(significant(0.08 + 0.92 * fraction))",
          ], [.element("title", [:], text)]),
        .element(
          "text",
          [
            "class": fraction > 0.55 ? "number on-heat" : number == 0 ? "number quiet" : "number",
            "x": coordinate(x + side / 2), "y": coordinate(y + side / 2 + 4), "text-anchor": "middle",
            "pointer-events": "none",
          ], "\(number)"),
      ])
  }
}

/// A fraction in percent, with four significant digits.
func percentage(_ fraction: Double) -> String { fraction.isFinite ? "\(significant(100 * fraction))%" : "none" }
