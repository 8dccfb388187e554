/// One curve with its points and its band, and below it how far the points are from the curve, in half widths of the band.
struct CurvePanel {
  /// The size of the panel with its labels, in pixels.
  static let size = (width: 640, height: 450)
  private static let plot = (left: 104, top: 34, width: 516, height: 260)
  private static let strip = (top: 312, height: 84)
  private static let dot = 2

  let title: String
  let label: String
  let points: [ClassCovariance.Point]
  /// Whether both axes are logarithmic.
  let isLogarithmic: Bool

  /// Draws the panel with its upper left corner at (left, top).
  func draw(on canvas: inout PlotCanvas, left: Int, top: Int) {
    let shown = isLogarithmic ? points.filter { $0.position > 0 } : points
    guard !shown.isEmpty else { return }
    let values = shown.flatMap { [$0.measured, $0.expected, $0.low, $0.high] }
    let x =
      isLogarithmic
      ? PlotAxis(logarithmic: shown.map(\.position)) : PlotAxis(linear: shown.map(\.position), isTight: false)
    let y = isLogarithmic ? PlotAxis(logarithmic: values.filter { $0 > 0 }) : PlotAxis(linear: values)
    let plot = Area(
      left: left + Self.plot.left, top: top + Self.plot.top, width: Self.plot.width, height: Self.plot.height, x: x,
      y: y)
    canvas.write(title, x: plot.left, y: top + 8, dot: Self.dot)
    frame(plot, on: &canvas, labelsX: false)
    drawBand(shown.map { ($0.position, $0.low, $0.high) }, plot, on: &canvas)
    canvas.line(
      shown.compactMap { plot.point($0.position, $0.expected) }, thickness: 2, .curve)
    drawPoints(shown.map { ($0.position, $0.measured) }, plot, on: &canvas)
    outline(plot, on: &canvas)

    let strip = Area(
      left: plot.left, top: top + Self.strip.top, width: plot.width, height: Self.strip.height, x: x,
      y: PlotAxis(range: -2.4...2.4, ticks: [-2, -1, 0, 1, 2]))
    frame(strip, on: &canvas, labelsX: true)
    drawBand(shown.map { ($0.position, -1, 1) }, strip, on: &canvas)
    canvas.line([strip.corner(0, 0.5), strip.corner(1, 0.5)], thickness: 2, .curve)
    drawPoints(shown.map { ($0.position, max(-2.4, min(2.4, Self.distance($0)))) }, strip, on: &canvas)
    outline(strip, on: &canvas)
    let width = CaptionFont.width(of: label) * Self.dot
    canvas.write(label, x: strip.left + (strip.width - width) / 2, y: strip.top + strip.height + 32, dot: Self.dot)
  }

  /// Measured minus expected, over the distance to the band's end on that side.
  private static func distance(_ point: ClassCovariance.Point) -> Double {
    let difference = point.measured - point.expected
    let half = difference > 0 ? point.high - point.expected : point.expected - point.low
    return half > 0 ? difference / half : 0
  }

  /// A rectangle with two axes.
  private struct Area {
    let left: Int
    let top: Int
    let width: Int
    let height: Int
    let x: PlotAxis
    let y: PlotAxis

    /// The position of a fraction of the way to the right and upwards.
    func corner(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
      (Double(left) + x * Double(width), Double(top) + (1 - y) * Double(height))
    }

    /// The position of a pair of values, at most at the edges; nil where it has none.
    func point(_ first: Double, _ second: Double) -> (x: Double, y: Double)? {
      guard let horizontal = x.place(first), let vertical = y.place(second) else { return nil }
      return corner(min(max(horizontal, 0), 1), min(max(vertical, 0), 1))
    }
  }

  private func frame(_ area: Area, on canvas: inout PlotCanvas, labelsX: Bool) {
    for tick in area.x.ticks {
      guard let place = area.x.place(tick) else { continue }
      let position = area.corner(place, 0)
      canvas.fill(x: position.x - 0.5, y: Double(area.top), width: 1, height: Double(area.height), .grid)
      guard labelsX else { continue }
      let label = PlotAxis.label(tick)
      canvas.write(
        label, x: Int(position.x) - CaptionFont.width(of: label) * Self.dot / 2, y: area.top + area.height + 8,
        dot: Self.dot)
    }
    for tick in area.y.ticks {
      guard let place = area.y.place(tick) else { continue }
      let position = area.corner(0, place)
      canvas.fill(x: Double(area.left), y: position.y - 0.5, width: Double(area.width), height: 1, .grid)
      let label = PlotAxis.label(tick)
      canvas.write(
        label, x: area.left - 8 - CaptionFont.width(of: label) * Self.dot,
        y: Int(position.y) - CaptionFont.height * Self.dot / 2, dot: Self.dot)
    }
  }

  private func outline(_ area: Area, on canvas: inout PlotCanvas) {
    let corners = [(0.0, 0.0), (1, 0), (1, 1), (0, 1), (0, 0)].map { area.corner($0.0, $0.1) }
    canvas.line(corners, thickness: 1.5, .frame)
  }

  /// Fills between the lower and the upper ends, column by column.
  private func drawBand(_ ends: [(x: Double, low: Double, high: Double)], _ area: Area, on canvas: inout PlotCanvas) {
    let places = ends.compactMap { end -> (x: Double, top: Double, bottom: Double)? in
      // A lower end that a logarithmic axis has no place for is at the bottom.
      guard let top = area.point(end.x, end.high) else { return nil }
      return (top.x, top.y, area.point(end.x, end.low)?.y ?? area.corner(0, 0).y)
    }
    for (from, to) in zip(places, places.dropFirst()) {
      let steps = max(1, Int((to.x - from.x) * 2))
      for step in 0..<steps {
        let t = (Double(step) + 0.5) / Double(steps)
        let (top, bottom) = (from.top + (to.top - from.top) * t, from.bottom + (to.bottom - from.bottom) * t)
        canvas.fill(
          x: from.x + (to.x - from.x) * Double(step) / Double(steps), y: top,
          width: (to.x - from.x) / Double(steps) + 0.25, height: bottom - top, .band)
      }
    }
  }

  private func drawPoints(_ points: [(x: Double, y: Double)], _ area: Area, on canvas: inout PlotCanvas) {
    let radius = points.count > 150 ? 1.6 : points.count > 40 ? 2.2 : 3
    for point in points.compactMap({ area.point($0.x, $0.y) }) {
      canvas.disc(x: point.x, y: point.y, radius: radius, .points)
    }
  }
}
