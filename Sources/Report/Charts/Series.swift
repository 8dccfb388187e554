/// One set of points of a chart, told apart by colour, marker and dashes.
struct Series: Sendable {
  /// A value, with its interval where it has one.
  struct Point: Sendable {
    let x: Double
    let y: Double
    var low: Double?
    var high: Double?
    /// What a browser shows beside the pointer; made of the values where it is not given.
    var text: String?
  }

  /// What is drawn of the points.
  enum Drawing: Sendable {
    /// A line through them, and a marker at each.
    case line
    /// Markers alone.
    case markers
    /// Markers with the interval of each, joined by a line.
    case intervals
    /// The area between the intervals' ends, and a line through the values.
    case band
    /// A line alone, for points too many or too close for markers.
    case curve
    /// A line alone, thin and dashed: something to compare with.
    case reference
    /// Bars from zero, each as wide as the distance to the next point; the last point ends the last bar.
    case bars
  }

  let name: String
  let drawing: Drawing
  /// Decides colour, marker and dashes.
  let style: SeriesStyle
  let points: [Point]

  /// Whether there is a marker at each point.
  var hasMarkers: Bool {
    switch drawing {
    case .line, .markers, .intervals: true
    case .curve, .band, .reference, .bars: false
    }
  }
}

/// Colour, marker and dashes of a series, each of which tells series apart without the others.
struct SeriesStyle: Equatable, Sendable {
  private let index: Int

  /// - Parameter index: of the series in its chart; not negative. Colours repeat after 7, dashes after 5: 35 styles differ.
  init(_ index: Int) { self.index = index }

  /// The class of the style sheet that has the colour.
  var colorClass: String { "s\(index % 7)" }

  /// The lengths of dashes and gaps; nil for a whole line.
  var dashes: String? { [nil, "7 3", "2 3", "9 3 2 3", "4 2"][index % 5] }

  /// Whether markers are filled, which doubles their number.
  var isFull: Bool { index.isMultiple(of: 2) }

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

/// A coordinate with one decimal, which is a tenth of a pixel.
func coordinate(_ value: Double) -> String {
  let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
  let (whole, part) = abs(tenths).quotientAndRemainder(dividingBy: 10)
  return (tenths < 0 ? "-" : "") + (part == 0 ? "\(whole)" : "\(whole).\(part)")
}

/// Two coordinates, as paths have them.
func coordinates(_ x: Double, _ y: Double) -> String { "\(coordinate(x)) \(coordinate(y))" }
