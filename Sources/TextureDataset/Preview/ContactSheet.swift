import GaussianField

/// All classes of a dataset, or chosen samples, in one picture: a tile for each in their order, its class and its sample
/// underneath.
///
/// Tiles are reduced as they are added, so that a sheet of 1,024 classes holds 26 MB.
struct ContactSheet: Sendable {
  /// What a tile shows.
  struct Entry: Equatable, Sendable {
    let classIndex: Int
    let className: String
    let sample: Int
  }

  /// One a tile.
  let entries: [Entry]
  /// What the sheet shows, such as "first samples of 4 classes".
  let title: String
  let layout: ContactSheetLayout
  private var tiles: [(any TexturePreview)?]

  /// A sheet without tiles yet.
  ///
  /// - Parameters:
  ///   - entries: one a tile, at least one.
  ///   - title: of the sheet.
  ///   - shape: of the textures.
  ///   - palette: of the pictures.
  init(_ entries: [Entry], title: String, shape: FieldShape, palette: PreviewPalette) {
    (self.entries, self.title) = (entries, title)
    layout = ContactSheetLayout(entries, title: title, shape: shape, palette: palette)
    tiles = Array(repeating: nil, count: entries.count)
  }

  /// Sets a tile; those without one stay white.
  ///
  /// - Precondition: the preview is of a texture of the sheet's shape.
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
    // The line of a series is framed by itself, and slices by the white between them.
    draw(preview.picture(on: tile, palette: palette), x: x, y: y, isFramed: preview is PreviewImage)
    if let detail = preview.detailPicture(on: tile, palette: palette) {
      draw(detail, x: x + tile.detailOrigin.x, y: y + tile.detailOrigin.y, isFramed: preview.isColored)
    }
  }
}
