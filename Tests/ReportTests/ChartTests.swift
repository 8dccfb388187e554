import TextureDataset
import Testing

@testable import Report

@Suite struct ChartTests {
  private func chart(_ drawing: Series.Drawing, _ points: [Series.Point], x: PlotAxis, y: PlotAxis) -> String {
    Chart(
      "Title", xLabel: "x", yLabel: "y", x: x, y: y,
      series: [Series(name: "name", drawing: drawing, style: SeriesStyle(0), points: points)]
    ).html.markup
  }

  @Test func pointsAreWhereTheAxesSay() {
    let points = [(0.0, 0.0), (1, 1), (0.5, 0.25)].map { Series.Point(x: $0.0, y: $0.1) }
    let axis = PlotAxis(range: 0...1, ticks: [0, 1])
    let markup = chart(.line, points, x: axis, y: axis)
    let frame = ChartFrame()
    let path = points.enumerated().map { index, point in
      (index == 0 ? "M" : "L") + coordinates(frame.x(point.x), frame.y(point.y))
    }.joined()
    #expect(markup.contains("d=\"\(path)\""))
    #expect(frame.y(1) == frame.top && frame.y(0) == frame.height - frame.bottom)
    #expect(markup.contains("<title>name: 0.25 at 0.5</title>"))
  }

  /// Any values in a file give an axis, and a drawing without NaN or infinity.
  @Test(
    arguments: [
      [], [0], [5, 5, 5], [-1e308, 1e308], [1e308, 1e308], [.leastNonzeroMagnitude, 0], [1, 1 + 1e-15],
      [-3e149, 3e149], [.nan, 1],
      [.infinity, -.infinity], [-7], [1e-200, 1e-199], [1e15, 1e15 + 1],
    ] as [[Double]])
  func anyValuesCanBeDrawn(values: [Double]) throws {
    let linear = [true, false].map { PlotAxis(linear: values, withZero: $0) }
    for axis in linear + [PlotAxis(logarithmic: values)] {
      #expect(axis.range.lowerBound < axis.range.upperBound && axis.range.upperBound.isFinite)
      #expect(axis.ticks.count <= 60 && axis.ticks.allSatisfy { axis.range.contains($0) })
      for drawing in [Series.Drawing.line, .markers, .intervals, .band, .reference, .bars, .curve] {
        let points = values.map { Series.Point(x: $0, y: $0, low: $0, high: $0) }
        let markup = chart(drawing, points, x: axis, y: axis)
        for path in markup.matches(of: #/ d="([^"]*)"/#) { #expect(path.1.contains(#/nan|inf|e/#) == false) }
        _ = try Page(markup)
      }
    }
  }

  @Test func stylesDifferInMoreThanColour() {
    let looks = (0..<35).map { index in
      let style = SeriesStyle(index)
      return "\(style.marker(x: 0, y: 0, radius: 3)) \(style.dashes ?? "")"
    }
    #expect(Set(looks).count == 35)
    // Neighbours differ in dashes and in markers.
    for (a, b) in zip(0..<34, 1..<35) {
      #expect(SeriesStyle(a).dashes != SeriesStyle(b).dashes)
      #expect(SeriesStyle(a).marker(x: 0, y: 0, radius: 3) != SeriesStyle(b).marker(x: 0, y: 0, radius: 3))
    }
  }

  @Test func confusionMatrixHasItsNumbers() throws {
    let names = ["a", HTMLTests.hostile, "c"]
    let markup = HeatMap(title: "t", names: names, counts: [[8, 1, 0], [2, 7, 0], [0, 0, 0]]).html.markup
    let page = try Page(markup)
    let opacities = page.elements.filter { $0.name == "rect" }.map { $0.attributes["fill-opacity"] }
    #expect(opacities.count == 9 && opacities[2] == "0" && opacities[0] == significant(0.08 + 0.92 * 8 / 9))
    #expect(markup.contains(">8</text>") && markup.contains(">2</text>") && !markup.contains("<script"))
    // Inconsistent sizes draw nothing.
    #expect(HeatMap(title: "t", names: names, counts: [[1]]).html.markup.isEmpty)
  }

  @Test func wilsonIntervalMatchesStatsmodels() {
    // statsmodels.stats.proportion.proportion_confint(8, 10, method="wilson")
    let interval = RunSection.wilson(0.8, 10)
    #expect(abs(interval.low - 0.49016247) < 1e-6 && abs(interval.high - 0.94331781) < 1e-6)
    #expect(RunSection.wilson(0, 0) == (0, 1))
  }
}
