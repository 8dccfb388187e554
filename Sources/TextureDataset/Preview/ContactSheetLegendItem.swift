import GaussianField

/// An item of a contact sheet's legend, which applies to all tiles.
enum ContactSheetLegendItem: Sendable {
  case scaleBar(ScaleBar, of: String)
  case colorBar(ColorBar)
  case text(String)

  /// The scale bars of whole textures and details, and the colour bar.
  static func items(of tile: PreviewTile, shape: FieldShape, palette: PreviewPalette) -> [ContactSheetLegendItem] {
    var items: [ContactSheetLegendItem] = [.scaleBar(tile.scaleBar, of: tile.detail == nil ? "" : "whole")]
    if let detail = tile.detail { items.append(.scaleBar(detail.scaleBar, of: FigurePanel.detailCaption)) }
    if case .series = shape {
      let (low, high) = (palette.range.lowerBound, palette.range.upperBound)
      items.append(.text("pixel value, from \(significant(Double(low))) to \(significant(Double(high)))"))
    } else {
      items.append(.colorBar(ColorBar(palette)))
    }
    return items
  }

  /// The positions of items that flow in lines, and the bottom of the last line.
  static func places(
    of items: [ContactSheetLegendItem], x: Int, y: Int, width: Int
  ) -> (places: [(x: Int, y: Int)], end: Int) {
    var places: [(x: Int, y: Int)] = []
    var (left, top, line) = (x, y, 0)
    for item in items {
      if left > x, left + item.width > x + width {
        (left, top, line) = (x, top + line + FigureStyle.gap, 0)
      }
      places.append((left, top))
      left += item.width + 2 * FigureStyle.gap
      line = max(line, item.height)
    }
    return (places, top + line)
  }

  var width: Int {
    switch self {
    case .scaleBar(let bar, let text):
      bar.totalWidth + (text.isEmpty ? 0 : FigureStyle.gap / 2 + FigureStyle.width(of: "(\(text))"))
    case .colorBar(let bar): bar.width
    case .text(let text): FigureStyle.width(of: text)
    }
  }

  var height: Int {
    switch self {
    case .scaleBar, .text: FigureStyle.line
    case .colorBar(let bar): bar.height
    }
  }

  func draw(on picture: inout IndexedPicture, x: Int, y: Int) {
    switch self {
    case .scaleBar(let bar, let text):
      bar.draw(on: &picture, x: x, y: y)
      if !text.isEmpty { picture.write("(\(text))", x: x + bar.totalWidth + FigureStyle.gap / 2, y: y) }
    case .colorBar(let bar): bar.draw(on: &picture, x: x, y: y)
    case .text(let text): picture.write(text, x: x, y: y)
    }
  }
}
