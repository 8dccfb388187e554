/// What a plot is drawn in.
enum PlotInk: UInt8, CaseIterable {
  case paper, grid, band, curve, points, frame, text

  var color: Colormap.RGB {
    switch self {
    case .paper: Colormap.RGB(red: 255, green: 255, blue: 255)
    case .grid: Colormap.RGB(red: 232, green: 232, blue: 236)
    case .band: Colormap.RGB(red: 186, green: 212, blue: 238)
    case .curve: Colormap.RGB(red: 30, green: 100, blue: 170)
    case .points: Colormap.RGB(red: 214, green: 78, blue: 20)
    case .frame: Colormap.RGB(red: 90, green: 90, blue: 100)
    case .text: Colormap.RGB(red: 30, green: 30, blue: 36)
    }
  }
}

/// A surface to draw plots on, with several samples for each pixel, so that edges come out smooth.
///
/// Positions are in pixels from the upper left corner; what lies outside is cut off.
struct PlotCanvas {
  let width: Int
  let height: Int
  /// Samples along each side of a pixel.
  private static let density = 3
  /// Shape (height times density, width times density): the ink of each sample.
  private var samples: [UInt8]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    samples = [UInt8](repeating: PlotInk.paper.rawValue, count: width * height * Self.density * Self.density)
  }

  /// Fills a rectangle.
  mutating func fill(x: Double, y: Double, width: Double, height: Double, _ ink: PlotInk) {
    let (rows, columns) = (Self.range(y, y + height, self.height), Self.range(x, x + width, self.width))
    let pitch = self.width * Self.density
    for row in rows { for column in columns { samples[row * pitch + column] = ink.rawValue } }
  }

  /// Fills a disc.
  mutating func disc(x: Double, y: Double, radius: Double, _ ink: PlotInk) {
    let density = Double(Self.density)
    let pitch = width * Self.density
    for row in Self.range(y - radius, y + radius, height) {
      let dy = (Double(row) + 0.5) / density - y
      let half = (radius * radius - dy * dy).squareRoot()
      guard half.isFinite else { continue }
      for column in Self.range(x - half, x + half, width) { samples[row * pitch + column] = ink.rawValue }
    }
  }

  /// Draws a line through points.
  mutating func line(_ points: [(x: Double, y: Double)], thickness: Double, _ ink: PlotInk) {
    for (from, to) in zip(points, points.dropFirst()) {
      let length = max(abs(to.x - from.x), abs(to.y - from.y))
      let steps = max(1, Int(min(length * Double(Self.density), 1e5)))
      for step in 0...steps {
        let t = Double(step) / Double(steps)
        disc(x: from.x + (to.x - from.x) * t, y: from.y + (to.y - from.y) * t, radius: thickness / 2, ink)
      }
    }
  }

  /// Writes text in the caption font, its upper left corner at (x, y).
  ///
  /// - Parameter dot: the side of a dot, in whole pixels.
  mutating func write(_ text: String, x: Int, y: Int, dot: Int = 2, _ ink: PlotInk = .text) {
    for (position, character) in text.enumerated() {
      let left = x + position * CaptionFont.advance * dot
      for (row, dots) in CaptionFont.rows(of: character).enumerated() {
        for column in 0..<CaptionFont.width where dots >> (CaptionFont.width - 1 - column) & 1 == 1 {
          fill(
            x: Double(left + column * dot), y: Double(y + row * dot), width: Double(dot), height: Double(dot), ink)
        }
      }
    }
  }

  private static func range(_ from: Double, _ to: Double, _ extent: Int) -> Range<Int> {
    let limit = Double(extent * density)
    let first = Int(min(max(0, (from * Double(density)).rounded()), limit))
    return first..<max(first, Int(min(max(0, (to * Double(density)).rounded()), limit)))
  }

  /// Reduces the canvas to its pixels, the mean of their samples.
  ///
  /// - Parameter receive: called for each pixel, row by row, with its colour.
  func reduce(_ receive: (Colormap.RGB) -> Void) {
    let density = Self.density
    let colors = PlotInk.allCases.map(\.color)
    let pitch = width * density
    samples.withUnsafeBufferPointer { samples in
      for row in 0..<height {
        for column in 0..<width {
          receive(Self.mean(samples, from: row * density * pitch + column * density, pitch: pitch, colors))
        }
      }
    }
  }

  /// The mean colour of one pixel's samples, from the place of the first.
  private static func mean(
    _ samples: UnsafeBufferPointer<UInt8>, from start: Int, pitch: Int, _ colors: [Colormap.RGB]
  ) -> Colormap.RGB {
    let first = samples[start]
    var isPlain = true
    for y in 0..<density {
      for place in start + y * pitch..<start + y * pitch + density where samples[place] != first { isPlain = false }
    }
    if isPlain { return colors[Int(first)] }
    var (red, green, blue) = (0, 0, 0)
    for y in 0..<density {
      for place in start + y * pitch..<start + y * pitch + density {
        let color = colors[Int(samples[place])]
        red += Int(color.red)
        green += Int(color.green)
        blue += Int(color.blue)
      }
    }
    let count = density * density
    return Colormap.RGB(red: UInt8(red / count), green: UInt8(green / count), blue: UInt8(blue / count))
  }
}

/// The palette of plots: the inks, and mixtures of them as they come, to as many as a PNG has.
struct PlotPalette {
  private(set) var colors = PlotInk.allCases.map(\.color)
  private var known: [Int: UInt8] = [:]
  /// The last colour and its index: pixels of one colour follow one another.
  private var last = (color: PlotInk.paper.color, index: PlotInk.paper.rawValue)

  /// The index of a colour; of one that there is no more room for, that of the nearest.
  mutating func index(of color: Colormap.RGB) -> UInt8 {
    if color != last.color { last = (color, find(color)) }
    return last.index
  }

  private mutating func find(_ color: Colormap.RGB) -> UInt8 {
    // Mixtures that differ by less than this are one.
    let key = (Int(color.red) >> 3) << 16 | (Int(color.green) >> 3) << 8 | Int(color.blue) >> 3
    if let index = colors.prefix(PlotInk.allCases.count).firstIndex(of: color) { return UInt8(index) }
    if let index = known[key] { return index }
    let index: Int
    if colors.count < 256 {
      index = colors.count
      colors.append(color)
    } else {
      func distance(_ other: Colormap.RGB) -> Int {
        abs(Int(other.red) - Int(color.red)) + abs(Int(other.green) - Int(color.green))
          + abs(Int(other.blue) - Int(color.blue))
      }
      index = colors.indices.reduce(0) { distance(colors[$1]) < distance(colors[$0]) ? $1 : $0 }
    }
    known[key] = UInt8(index)
    return UInt8(index)
  }
}
