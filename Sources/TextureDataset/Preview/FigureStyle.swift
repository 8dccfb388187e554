/// The style that previews, contact sheets and footprints share with plots of covariances. Lengths are in pixels.
enum FigureStyle {
  /// The margin around a figure.
  static let margin = 16
  /// The space between panels.
  static let gap = 16
  /// The space between a panel and its scale bar, and between lines of text.
  static let spacing = 6
  /// The side of a dot of the caption font.
  static let dot = 2
  /// The height of a line of text.
  static let line = CaptionFont.height * dot
  /// The minimum of a panel's longer side; smaller textures are magnified.
  static let minimumPanelSide = 256
  /// The maximum side of a detail.
  static let maximumDetailSide = 384
  /// The minimum side of an outline: a smaller one would hide what it marks.
  static let minimumMarkedSide = 8
  /// The width at which titles wrap if the panels are narrower.
  static let maximumTextWidth = 1_024

  /// The palette index of the background.
  static let paper: UInt8 = 254
  /// The palette index of text, scale bars and frames.
  static let ink: UInt8 = 255
  /// The colours of ``paper`` and ``ink``.
  static let colors = [PlotInk.paper.color, PlotInk.text.color]

  /// The width of a line of text.
  static func width(of text: String) -> Int { CaptionFont.width(of: text) * dot }
}

extension IndexedPicture {
  /// Writes a line of text in the style of figures.
  mutating func write(_ text: String, x: Int, y: Int) {
    draw(text, x: x, y: y, scale: FigureStyle.dot, index: FigureStyle.ink)
  }

  /// Draws a frame of one pixel around a rectangle.
  mutating func frame(x: Int, y: Int, width: Int, height: Int, index: UInt8 = FigureStyle.ink) {
    for edge in [y - 1, y + height] { fill(x: x - 1, y: edge, width: width + 2, height: 1, index: index) }
    for edge in [x - 1, x + width] { fill(x: edge, y: y, width: 1, height: height, index: index) }
  }

  /// Outlines a rectangle in ink and paper, one of which is visible on every colour. Only the ends of a thin strip are marked,
  /// to keep it visible, and nothing that is smaller than the marks.
  mutating func mark(x: Int, y: Int, width: Int, height: Int) {
    guard max(width, height) >= 4 else { return }
    for (inset, index) in [(0, FigureStyle.ink), (1, FigureStyle.paper)] {
      let (right, lower) = (x + width - 1 - inset, y + height - 1 - inset)
      if min(width, height) >= FigureStyle.minimumMarkedSide {
        frame(
          x: x + inset + 1, y: y + inset + 1, width: right - x - inset - 1, height: lower - y - inset - 1,
          index: index)
      } else if width >= height {
        for end in [x + inset, right] { fill(x: end, y: y, width: 1, height: height, index: index) }
      } else {
        for end in [y + inset, lower] { fill(x: x, y: end, width: width, height: 1, index: index) }
      }
    }
  }
}
