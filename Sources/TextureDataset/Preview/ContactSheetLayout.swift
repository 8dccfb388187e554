import GaussianField

/// The layout of a contact sheet. Lengths are in pixels.
struct ContactSheetLayout: Sendable {
  /// The maximum width of a sheet.
  static let maximumWidth = 2_048
  /// The maximum side of a texture.
  static let maximumTileSide = 320
  /// The space between columns.
  static let gutter = 12
  /// The space above a caption, between its lines and below it, in dots of its font. A caption is closer to its own tile than
  /// to the next.
  static let captionMargins = (above: 4, between: 3, below: 9)
  /// The side to which small textures are magnified if there is room.
  private static let minimumTileSide = 192

  let columns: Int
  let rows: Int
  /// The size of every tile.
  let tileSize: PreviewTile
  /// The width of a tile and its caption.
  let cellWidth: Int
  /// The side of a dot of the captions.
  let captionScale: Int
  /// The lines of each tile's caption.
  let captions: [[String]]
  /// The lines at the top of the sheet.
  let title: [String]
  /// The scale bars and colour bar at the bottom of the sheet.
  let legend: [(item: ContactSheetLegendItem, place: (x: Int, y: Int))]
  let width: Int
  let height: Int

  /// - Parameters:
  ///   - entries: in the order of the tiles.
  ///   - title: the first line of the sheet.
  ///   - shape: the shape of the textures.
  ///   - palette: the palette of the pictures.
  init(_ entries: [ContactSheet.Entry], title: String, shape: FieldShape, palette: PreviewPalette) {
    precondition(!entries.isEmpty && shape.pixels > 0, "a contact sheet has tiles")
    columns = Self.columns(for: entries.count)
    rows = PreviewImage.reduction(of: entries.count, to: columns)
    let room = (Self.maximumWidth - 2 * FigureStyle.margin + Self.gutter) / columns - Self.gutter
    tileSize = PreviewTile(
      shape, maximum: max(1, min(Self.maximumTileSide, room)), minimum: Self.minimumTileSide, room: room)
    let captions = ContactSheetCaptions(entries, room: room)
    self.captions = captions.lines
    let blockWidth = tileSize.block.width
    // Captions are two gutters apart if there is room.
    captionScale = captions.width * FigureStyle.dot + Self.gutter <= room ? FigureStyle.dot : 1
    cellWidth = max(blockWidth, min(room, captions.width * captionScale + Self.gutter))

    let gridWidth = columns * (cellWidth + Self.gutter) - Self.gutter
    let items = ContactSheetLegendItem.items(of: tileSize, shape: shape, palette: palette)
    let contentWidth = max(gridWidth, items.map(\.width).max() ?? 0, 320)
    self.title = Figure.wrapped(
      [title, "\(shape) px"] + (captions.key.map { [$0] } ?? []), width: contentWidth)
    width = contentWidth + 2 * FigureStyle.margin
    top = FigureStyle.margin + Figure.height(of: self.title)
    let (lines, margins) = (captions.lineCount, Self.captionMargins)
    captionHeight =
      (margins.above + lines * CaptionFont.height + (lines - 1) * margins.between + margins.below) * captionScale
    let bottom =
      top + rows * (tileSize.block.height + captionHeight) - margins.below * captionScale + FigureStyle.gap
    let (places, end) = ContactSheetLegendItem.places(
      of: items, x: FigureStyle.margin, y: bottom, width: contentWidth)
    legend = Array(zip(items, places))
    height = end + FigureStyle.margin
  }

  /// The upper edge of the first row.
  private let top: Int
  /// The height of a caption and the space above and below it.
  private let captionHeight: Int

  /// The upper left corner of a tile.
  func tile(_ index: Int) -> (x: Int, y: Int) {
    let (row, column) = index.quotientAndRemainder(dividingBy: columns)
    return (
      FigureStyle.margin + column * (cellWidth + Self.gutter),
      top + row * (tileSize.block.height + captionHeight)
    )
  }

  /// The upper left corner of a line of a tile's caption.
  func caption(_ index: Int, line: Int) -> (x: Int, y: Int) {
    let (x, y) = tile(index)
    let (advance, above) = (CaptionFont.height + Self.captionMargins.between, Self.captionMargins.above)
    return (x, y + tileSize.block.height + (above + line * advance) * captionScale)
  }

  /// As near a square as whole rows allow, within 1.75 square roots; then a row holds the same choices of the larger
  /// scales throughout where the numbers of choices allow it. Without such a divisor the last row stays unfilled.
  private static func columns(for count: Int) -> Int {
    guard let square = (1...count).first(where: { $0 * $0 >= count }) else { return count }
    let divisor = (square...count).first { count.isMultiple(of: $0) && 16 * $0 * $0 <= 49 * count }
    return divisor ?? square
  }
}
