/// A colour bar with the values of its colours.
struct ColorBar: Equatable, Sendable {
  /// The palette indices of the colours.
  let levels: Range<UInt8>
  /// The values of the first, middle and last colours.
  let ticks: [String]
  /// The name of the quantity.
  let quantity: String

  private static let size = (width: 256, height: 14)

  init(levels: Range<UInt8>, ticks: [Double], quantity: String) {
    precondition(levels.count > 1 && ticks.count == 3, "a bar has two ends and a middle")
    self.levels = levels
    self.ticks = ticks.map(significant)
    self.quantity = quantity
  }

  /// The colour bar of a palette.
  init(_ palette: PreviewPalette) {
    let (low, high) = (Double(palette.range.lowerBound), Double(palette.range.upperBound))
    self.init(levels: 0..<UInt8(PreviewPalette.levels), ticks: [low, (low + high) / 2, high], quantity: "pixel value")
  }

  var width: Int { max(barWidth + 2 + FigureStyle.gap + FigureStyle.width(of: quantity), 1) }
  var height: Int { Self.size.height + 2 + FigureStyle.spacing + FigureStyle.line }

  /// Wide enough for the values below the bar.
  private var barWidth: Int {
    let widths = ticks.map { FigureStyle.width(of: $0) }
    return max(Self.size.width, 2 * (max(widths[0], widths[2]) + FigureStyle.gap) + widths[1])
  }

  /// The rectangle of the colours if the upper left corner of the colour bar is (x, y).
  func bar(x: Int, y: Int) -> (x: Int, y: Int, width: Int, height: Int) {
    (x + 1, y + 1, barWidth, Self.size.height)
  }

  func draw(on picture: inout IndexedPicture, x: Int, y: Int) {
    let bar = bar(x: x, y: y)
    for column in 0..<bar.width {
      let level = (2 * column * (levels.count - 1) + bar.width - 1) / (2 * (bar.width - 1))
      picture.fill(
        x: bar.x + column, y: bar.y, width: 1, height: bar.height, index: levels.lowerBound + UInt8(level))
    }
    picture.frame(x: bar.x, y: bar.y, width: bar.width, height: bar.height)
    picture.write(quantity, x: bar.x + bar.width + FigureStyle.gap, y: bar.y)
    let line = bar.y + bar.height + FigureStyle.spacing
    for (position, text) in ticks.enumerated() {
      let room = bar.width - FigureStyle.width(of: text)
      picture.write(text, x: bar.x + room * position / 2, y: line)
    }
  }
}
