/// A named set of points in a chart.
struct Series: Sendable {
  /// A value with an optional interval.
  struct Point: Sendable {
    let x: Double
    let y: Double
    var low: Double?
    var high: Double?
    /// The tooltip; if nil, it is generated from the values.
    var text: String?
  }

  /// How the points are drawn.
  enum Drawing: Sendable {
    /// A line with a marker at each point.
    case line
    /// Only markers.
    case markers
    /// Markers with intervals, joined by a line.
    case intervals
    /// The area between the ends of the intervals, and a line through the values.
    case band
    /// Only a line, for many or dense points.
    case curve
    /// A thin dashed line: a reference to compare with.
    case reference
    /// Bars from zero, each as wide as the distance to the next point; the last point ends the last bar.
    case bars
  }

  let name: String
  let drawing: Drawing
  let style: SeriesStyle
  let points: [Point]

  /// Whether each point has a marker.
  var hasMarkers: Bool {
    switch drawing {
    case .line, .markers, .intervals: true
    case .curve, .band, .reference, .bars: false
    }
  }
}

/// The colour, marker and dashes of a series. Each alone distinguishes neighbouring series, so colour is never needed.
struct SeriesStyle: Equatable, Sendable {
  private let index: Int

  /// - Parameter index: the index of the series in its chart. There are 7 colours and markers and 5 dash patterns, so
  ///   35 distinct styles.
  init(_ index: Int) { self.index = index }

  /// The colour's class in the style sheet.
  var colorClass: String { "s\(index % 7)" }

  /// The lengths of dashes and gaps; nil for a solid line.
  var dashes: String? { [nil, "7 3", "2 3", "9 3 2 3", "4 2"][index % 5] }

  /// Whether markers are filled, which doubles the number of distinct markers.
  var isFilled: Bool { index.isMultiple(of: 2) }

  /// The outline of a marker around (x, y).
  func marker(x: Double, y: Double, radius r: Double) -> String {
    func polygon(_ corners: [(Double, Double)]) -> String {
      "M" + corners.map { coordinates(x + $0.0 * r, y + $0.1 * r) }.joined(separator: "L") + "Z"
    }
    return switch index % 7 {
    case 0:
      "M\(coordinates(x - r, y))a\(coordinates(r, r)) 0 1 0 \(coordinates(2 * r, 0))a\(coordinates(r, r)) 0 1 0"
        + " \(coordinates(-2 * r, 0))Z"
    case 1: polygon([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
    case 2: polygon([(0, -1.2), (1.1, 0.8), (-1.1, 0.8)])
    case 3: polygon([(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)])
    case 4: polygon([(0, 1.2), (1.1, -0.8), (-1.1, -0.8)])
    case 5:
      polygon(
        [
          (-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4), (0.4, 1.2), (-0.4, 1.2),
          (-0.4, 0.4),
          (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4),
        ])
    default: polygon([(-0.6, -1.2), (0.6, -1.2), (1.3, 0), (0.6, 1.2), (-0.6, 1.2), (-1.3, 0)])
    }
  }
}

/// A coordinate rounded to a tenth of a pixel.
func coordinate(_ value: Double) -> String {
  let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
  let (whole, part) = abs(tenths).quotientAndRemainder(dividingBy: 10)
  return (tenths < 0 ? "-" : "") + (part == 0 ? "\(whole)" : "\(whole).\(part)")
}

/// A pair of coordinates as in a path.
func coordinates(_ x: Double, _ y: Double) -> String { "\(coordinate(x)) \(coordinate(y))" }
