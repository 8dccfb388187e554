import GaussianField

/// One picture of all classes of a dataset, or of chosen samples: a tile for each, with its class and sample below.
///
/// Tiles are reduced as they are added, so that a sheet of 1,024 classes holds 26 MB.
struct ContactSheet: Sendable {
  /// The texture of a tile.
  struct Entry: Equatable, Sendable {
    let classIndex: Int
    let className: String
    let sample: Int
  }

  /// One entry for each tile.
  let entries: [Entry]
  /// The first line of the sheet, such as "first samples of 4 classes".
  let title: String
  let layout: ContactSheetLayout
  private var tiles: [(any TexturePreview)?]

  /// A sheet without tiles yet.
  ///
  /// - Parameters:
  ///   - entries: one for each tile; not empty.
  ///   - title: the first line of the sheet.
  ///   - shape: the shape of the textures.
  ///   - palette: the palette of the pictures.
  init(_ entries: [Entry], title: String, shape: FieldShape, palette: PreviewPalette) {
    (self.entries, self.title) = (entries, title)
    layout = ContactSheetLayout(entries, title: title, shape: shape, palette: palette)
    tiles = Array(repeating: nil, count: entries.count)
  }

  /// Sets a tile. Other tiles remain white.
  ///
  /// - Precondition: the texture has the sheet's shape.
  mutating func add(_ preview: any TexturePreview, tile index: Int) {
    tiles[index] = preview.reduced(to: layout.tileSize)
  }

  /// What a pixel of a tile is of the texture: "4" for a mean of 4 x 4 pixels, "1/8" for an eighth of one.
  var reduction: String {
    if layout.tileSize.magnification > 1 { return "1/\(layout.tileSize.magnification)" }
    return "\(tiles.lazy.compactMap { $0 }.first?.reduction ?? 1)"
  }

  func picture(palette: PreviewPalette) -> IndexedPicture {
    var sheet = IndexedPicture(width: layout.width, height: layout.height, filledWith: FigureStyle.paper)
    Figure.write(layout.title, on: &sheet)
    for (index, preview) in tiles.enumerated() {
      if let preview { draw(preview, tile: index, on: &sheet, palette) }
      for (line, text) in layout.captions[index].enumerated() {
        let (x, y) = layout.caption(index, line: line)
        sheet.draw(text, x: x, y: y, scale: layout.captionScale, index: FigureStyle.ink)
      }
    }
    for (item, place) in layout.legend { item.draw(on: &sheet, x: place.x, y: place.y) }
    return sheet
  }

  private func draw(
    _ preview: any TexturePreview, tile index: Int, on sheet: inout IndexedPicture, _ palette: PreviewPalette
  ) {
    let (tile, (x, y)) = (layout.tileSize, layout.tile(index))
    func draw(_ picture: IndexedPicture, x: Int, y: Int, isFramed: Bool) {
      sheet.draw(picture, x: x, y: y, scale: 1)
      if isFramed { sheet.frame(x: x, y: y, width: picture.width, height: picture.height) }
    }
    // A series has its own frame, and slices need none.
    draw(preview.picture(on: tile, palette: palette), x: x, y: y, isFramed: preview is PreviewImage)
    if let detail = preview.detailPicture(on: tile, palette: palette) {
      draw(detail, x: x + tile.detailOrigin.x, y: y + tile.detailOrigin.y, isFramed: preview.isColored)
    }
  }
}
