import TextureDataset

/// The layout of a chart's axes, in units of its view box. A label is 12 units high.
struct ChartFrame: Sendable {
  var width = 400.0
  var height = 270.0
  var left = 52.0
  var right = 14.0
  var top = 26.0
  var bottom = 42.0

  var viewBox: String { "0 0 \(coordinate(width)) \(coordinate(height))" }

  /// The coordinate of a fraction of the horizontal axis.
  func x(_ place: Double) -> Double { left + min(max(place, -0.02), 1.02) * (width - left - right) }

  /// The coordinate of a fraction of the vertical axis, which points upwards.
  func y(_ place: Double) -> Double { height - bottom - place * (height - top - bottom) }

  /// The axes with ticks, grid lines and labels.
  func axes(_ horizontal: PlotAxis, _ vertical: PlotAxis, xLabel: String, yLabel: String) -> HTML {
    let (foot, end) = (height - bottom, width - right)
    var pieces: [HTML] = []
    for tick in vertical.ticks {
      guard let place = vertical.place(tick).map(y) else { continue }
      pieces += [
        .element("path", ["class": "rule", "d": "M\(coordinates(left, place))H\(coordinate(end))"]),
        label(PlotAxis.label(tick), x: left - 6, y: place + 4, anchor: "end"),
      ]
    }
    pieces += horizontalAxis(horizontal, label: xLabel)
    pieces += [
      .element("path", ["class": "axis", "d": "M\(coordinates(left, top))V\(coordinate(foot))"]),
      .element("text", ["class": "quiet", "x": "0", "y": "12"], yLabel),
    ]
    return .element("g", ["class": "axes"], pieces)
  }

  /// The horizontal axis alone.
  func horizontalAxis(_ axis: PlotAxis, label text: String) -> [HTML] {
    let (foot, end) = (height - bottom, width - right)
    var pieces: [HTML] = [
      .element("path", ["class": "axis", "d": "M\(coordinates(left, foot))H\(coordinate(end))"])
    ]
    // Labels that would touch the previous one are left out, but their ticks are kept.
    var free = -Double.infinity
    for tick in axis.ticks {
      guard let place = axis.place(tick).map(x) else { continue }
      pieces.append(.element("path", ["class": "axis", "d": "M\(coordinates(place, foot))v4"]))
      let text = PlotAxis.label(tick)
      let half = 3.5 * Double(text.count) + 3
      guard place - half >= free else { continue }
      pieces.append(label(text, x: place, y: foot + 17, anchor: "middle"))
      free = place + half
    }
    pieces.append(
      .element(
        "text",
        [
          "class": "quiet", "x": coordinate((left + end) / 2), "y": coordinate(height - 5), "text-anchor": "middle",
        ], text))
    return pieces
  }

  private func label(_ text: String, x: Double, y: Double, anchor: String) -> HTML {
    .element("text", ["class": "number", "x": coordinate(x), "y": coordinate(y), "text-anchor": anchor], text)
  }
}
