/// The look that previews, contact sheets and footprints share with the plots of covariances: lengths in pixels, and the
/// places of paper and ink in a palette of 256.
enum FigureStyle {
  /// White around a figure.
  static let margin = 16
  /// White between panels, and between what stands beside one another in a line.
  static let gap = 16
  /// White between a panel and its scale bar, and between lines of text.
  static let spacing = 6
  /// The side of a dot of the caption font.
  static let dot = 2
  /// The height of a line of text.
  static let line = CaptionFont.height * dot
  /// The longer side that a panel has at least; smaller textures are magnified.
  static let minimumPanelSide = 256
  /// The longer side that a panel of details has at most.
  static let maximumDetailSide = 384
  /// The shorter side of an outline, which would leave nothing to be seen of less.
  static let minimumMarkedSide = 8
  /// The maximum width of a figure's text, where the panels are narrower.
  static let maximumTextWidth = 1_024

  /// The index of the paper.
  static let paper: UInt8 = 254
  /// The index of text, scale bars and frames.
  static let ink: UInt8 = 255
  /// The colours of both.
  static let colors = [PlotInk.paper.color, PlotInk.text.color]

  /// The width of a line of text.
  static func width(of text: String) -> Int { CaptionFont.width(of: text) * dot }
}

extension IndexedPicture {
  /// Writes a line of text in a figure's size and ink.
  mutating func write(_ text: String, x: Int, y: Int) {
    draw(text, x: x, y: y, scale: FigureStyle.dot, index: FigureStyle.ink)
  }

  /// Draws the edges around a rectangle, one pixel thick.
  mutating func frame(x: Int, y: Int, width: Int, height: Int, index: UInt8 = FigureStyle.ink) {
    for edge in [y - 1, y + height] { fill(x: x - 1, y: edge, width: width + 2, height: 1, index: index) }
    for edge in [x - 1, x + width] { fill(x: edge, y: y, width: 1, height: height, index: index) }
  }

  /// Outlines a rectangle within the picture, in ink and paper, which are seen on every colour. Of a strip only the ends are
  /// marked, so that it is seen between them.
  ///
  /// - Precondition: no side is shorter than 1, and one is 4 at least.
  mutating func mark(x: Int, y: Int, width: Int, height: Int) {
    for (inset, index) in [(0, FigureStyle.ink), (1, FigureStyle.paper)] {
      let (right, lower) = (x + width - 1 - inset, y + height - 1 - inset)
      if height < FigureStyle.minimumMarkedSide {
        for end in [x + inset, right] { fill(x: end, y: y, width: 1, height: height, index: index) }
      } else if width < FigureStyle.minimumMarkedSide {
        for end in [y + inset, lower] { fill(x: x, y: end, width: width, height: 1, index: index) }
      } else {
        frame(x: x + inset + 1, y: y + inset + 1, width: right - x - inset - 1, height: lower - y - inset - 1, index: index)
      }
    }
  }
}
