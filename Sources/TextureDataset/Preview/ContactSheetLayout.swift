import GaussianField

/// Where the tiles and captions of a contact sheet lie; all lengths in pixels.
struct ContactSheetLayout: Equatable, Sendable {
  /// The widest a sheet gets.
  static let maximumWidth = 2_048
  /// The widest a tile gets.
  static let maximumTileSide = 320
  /// White around the sheet and between columns.
  static let gutter = 8
  /// White above and below a caption, in dots of its font: a caption lies nearer to its own tile than to the next.
  static let captionMargins = (above: 4, below: 8)

  let columns: Int
  let rows: Int
  /// The size of every tile.
  let tileSize: PreviewTile
  /// The side of a dot of the captions.
  let captionScale: Int
  /// One caption a class.
  let captions: [String]

  /// - Parameters:
  ///   - classNames: in the order of the tiles.
  ///   - numbers: the captions where names have no room; those of the classes if not given.
  ///   - shape: of the textures.
  init(classNames: [String], numbers: [String]? = nil, shape: FieldShape) {
    precondition(!classNames.isEmpty && shape.pixels > 0, "a contact sheet has tiles")
    columns = Self.columns(for: classNames.count)
    rows = PreviewImage.reduction(of: classNames.count, to: columns)
    let room = (Self.maximumWidth - Self.gutter) / columns - Self.gutter
    tileSize = PreviewTile(shape, maximum: max(1, min(Self.maximumTileSide, room)))
    (captions, captionScale) = Self.captions(classNames, numbers: numbers, tileWidth: tileSize.width)
  }

  var width: Int { columns * (tileSize.width + Self.gutter) + Self.gutter }
  var height: Int { 2 * Self.gutter + rows * rowHeight - Self.captionMargins.below * captionScale }

  /// From one row of tiles to the next.
  private var rowHeight: Int {
    let margins = Self.captionMargins
    return tileSize.height + (margins.above + CaptionFont.height + margins.below) * captionScale
  }

  /// The upper left corner of a class's tile.
  func tile(_ index: Int) -> (x: Int, y: Int) {
    let (row, column) = index.quotientAndRemainder(dividingBy: columns)
    return (Self.gutter + column * (tileSize.width + Self.gutter), Self.gutter + row * rowHeight)
  }

  /// The upper left corner of a class's caption, which is centred under its tile.
  func caption(_ index: Int) -> (x: Int, y: Int) {
    let (x, y) = tile(index)
    let width = CaptionFont.width(of: captions[index]) * captionScale
    return (x + (tileSize.width - width) / 2, y + tileSize.height + Self.captionMargins.above * captionScale)
  }

  /// As near a square as whole rows allow, within 1.75 square roots; then a row holds the same choices of the larger
  /// scales throughout where the numbers of choices allow it. Without such a divisor the last row stays unfilled.
  private static func columns(for count: Int) -> Int {
    guard let square = (1...count).first(where: { $0 * $0 >= count }) else { return count }
    let divisor = (square...count).first { count.isMultiple(of: $0) && 16 * $0 * $0 <= 49 * count }
    return divisor ?? square
  }

  /// The names where all of them fit under their tiles, else the class numbers, which the file names carry too: a
  /// name cut short would say another class.
  private static func captions(_ names: [String], numbers: [String]?, tileWidth: Int) -> ([String], scale: Int) {
    let maximum = names.map { CaptionFont.width(of: $0) }.max() ?? 0
    if maximum <= tileWidth {
      let preferred = max(1, tileWidth / 120)
      return (names, max(1, min(preferred, tileWidth / max(1, maximum))))
    }
    return (numbers ?? names.indices.map { PreviewWriter.number(of: $0, classCount: names.count) }, 1)
  }
}
