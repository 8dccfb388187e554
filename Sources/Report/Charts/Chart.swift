import TextureDataset

/// A chart of series, as inline SVG with a legend below.
struct Chart: Sendable {
  let title: String
  /// A remark below the title, such as what is left out.
  var remark: String?
  let xLabel: String
  let yLabel: String
  let x: PlotAxis
  let y: PlotAxis
  let series: [Series]

  /// The figure; empty if no series has a point.
  var html: HTML {
    let drawn = series.filter { !$0.points.isEmpty }
    guard !drawn.isEmpty else { return .empty }
    return figure(
      title, remark,
      [
        .element(
          "svg",
          [
            "class": "chart", "viewBox": frame.viewBox, "role": "img",
            "aria-label": "\(title): \(yLabel) over \(xLabel), \(drawn.map(\.name).joined(separator: ", "))",
          ],
          [frame.axes(x, y, xLabel: xLabel, yLabel: yLabel)] + drawn.map(draw)),
        legend(drawn),
      ])
  }

  private let frame = ChartFrame()

  init(
    _ title: String, remark: String? = nil, xLabel: String, yLabel: String, x: PlotAxis, y: PlotAxis, series: [Series]
  ) {
    (self.title, self.remark, self.xLabel, self.yLabel) = (title, remark, xLabel, yLabel)
    (self.x, self.y, self.series) = (x, y, series)
  }

  private func place(_ xValue: Double, _ yValue: Double) -> (x: Double, y: Double)? {
    guard let across = x.place(xValue), let up = y.place(yValue) else { return nil }
    return (frame.x(across), frame.y(min(max(up, 0), 1)))
  }

  private func draw(_ series: Series) -> HTML {
    var pieces: [HTML] = []
    let places = series.points.map { place($0.x, $0.y) }
    switch series.drawing {
    case .bars: pieces.append(bars(series))
    case .band: pieces += [band(series), line(places, series, "reference", dashes: nil)]
    case .reference: pieces.append(line(places, series, "reference", dashes: series.style.dashes ?? "6 4"))
    case .line, .curve: pieces.append(line(places, series, "line", dashes: series.style.dashes))
    case .intervals: pieces += [line(places, series, "line", dashes: series.style.dashes), intervals(series)]
    case .markers: break
    }
    if series.hasMarkers {
      // The more points, the smaller they are.
      let radius = series.points.count > 60 ? 1.5 : series.points.count > 24 ? 2.4 : 3.4
      for (point, place) in zip(series.points, places) {
        guard let place else { continue }
        pieces.append(
          .element(
            "path",
            [
              "class": series.style.isFilled ? "point full" : "point",
              "d": series.style.marker(x: place.x, y: place.y, radius: radius),
            ], [.element("title", [:], text(of: point, series))]))
      }
    }
    return .element("g", ["class": "series \(series.style.colorClass)"], pieces)
  }

  private func text(of point: Series.Point, _ series: Series) -> String {
    if let text = point.text { return text }
    let interval =
      if let low = point.low, let high = point.high { " (\(significant(low)) to \(significant(high)))" } else { "" }
    return "\(series.name): \(significant(point.y))\(interval) at \(significant(point.x))"
  }

  private func line(
    _ places: [(x: Double, y: Double)?], _ series: Series, _ kind: String, dashes: String?
  ) -> HTML {
    var path = ""
    var isDown = false
    for place in places {
      if let place {
        path += (isDown ? "L" : "M") + coordinates(place.x, place.y)
        isDown = true
      } else {
        isDown = false
      }
    }
    let title = HTML.element("title", [:], series.name)
    guard let dashes else { return .element("path", ["class": kind, "d": path], [title]) }
    return .element("path", ["class": kind, "d": path, "stroke-dasharray": dashes], [title])
  }

  private func band(_ series: Series) -> HTML {
    let upper = series.points.compactMap { point in point.high.flatMap { place(point.x, $0) } }
    let lower = series.points.compactMap { point in
      // A lower end that cannot be placed on a logarithmic axis goes to its bottom.
      point.low.flatMap { place(point.x, y.isLogarithmic ? max($0, y.range.lowerBound) : $0) }
    }
    guard !upper.isEmpty, upper.count == lower.count else { return .empty }
    let outline = (upper + lower.reversed()).map { coordinates($0.x, $0.y) }.joined(separator: "L")
    return .element("path", ["class": "band", "d": "M\(outline)Z"], [.element("title", [:], series.name)])
  }

  private func intervals(_ series: Series) -> HTML {
    series.points.map { point -> HTML in
      guard let low = point.low, let high = point.high, let foot = place(point.x, low), let top = place(point.x, high)
      else { return .empty }
      let (left, right) = (foot.x - 3, foot.x + 3)
      return .element(
        "path",
        [
          "class": "interval",
          "d": "M\(coordinates(left, foot.y))L\(coordinates(right, foot.y))M\(coordinates(foot.x, foot.y))"
            + "L\(coordinates(top.x, top.y))M\(coordinates(left, top.y))L\(coordinates(right, top.y))",
        ])
    }.joined
  }

  private func bars(_ series: Series) -> HTML {
    zip(series.points, series.points.dropFirst()).map { point, next -> HTML in
      guard let foot = place(point.x, max(0, y.range.lowerBound)), let top = place(point.x, point.y),
        let end = place(next.x, point.y)
      else { return .empty }
      return .element(
        "rect",
        [
          "class": "bar", "x": coordinate(top.x), "y": coordinate(top.y), "width": coordinate(end.x - top.x),
          "height": coordinate(foot.y - top.y),
        ],
        [.element("title", [:], "\(significant(point.x)) to \(significant(next.x)): \(significant(point.y))")])
    }.joined
  }

  /// The names of the series, each after a sample of its style.
  private func legend(_ series: [Series]) -> HTML {
    guard series.count > 1 || series[0].drawing == .band else { return .empty }
    return .element(
      "ul", ["class": "legend"],
      series.map { entry in .element("li", [:], [key(of: entry), .element("span", [:], entry.name)]) })
  }

  private func key(of series: Series) -> HTML {
    let (width, height) = (36.0, 12.0)
    var pieces: [HTML] = []
    let middle: [(x: Double, y: Double)?] = [(1, height / 2), (width - 1, height / 2)]
    switch series.drawing {
    case .bars, .band:
      pieces.append(
        .element(
          "rect",
          ["class": series.drawing == .bars ? "bar" : "band", "x": "1", "y": "1", "width": "34", "height": "10"]))
      if series.drawing == .band { pieces.append(line(middle, series, "reference", dashes: nil)) }
    case .reference: pieces.append(line(middle, series, "reference", dashes: series.style.dashes ?? "6 4"))
    case .line, .curve, .intervals: pieces.append(line(middle, series, "line", dashes: series.style.dashes))
    case .markers: break
    }
    if series.hasMarkers {
      pieces.append(
        .element(
          "path",
          [
            "class": series.style.isFilled ? "point full" : "point",
            "d": series.style.marker(x: width / 2, y: height / 2, radius: 3.4),
          ]))
    }
    return .element(
      "svg",
      [
        "class": "key \(series.style.colorClass)", "viewBox": "0 0 \(coordinate(width)) \(coordinate(height))",
        "aria-hidden": "true",
      ], pieces)
  }
}

/// A figure with its title, an optional remark and its content.
func figure(_ title: String, _ remark: String? = nil, _ content: [HTML]) -> HTML {
  let note = remark.map { [HTML.void("br", [:]), HTML.element("small", [:], $0)] } ?? []
  return .element("figure", [:], [.element("figcaption", [:], [.text(title)] + note)] + content)
}
