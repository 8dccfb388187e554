import GaussianField

/// All classes of a dataset, or chosen samples, in one picture: a tile for each in their order, its name underneath.
///
/// Tiles are reduced as they are added, so that a sheet of 1,024 classes holds 14 MB.
struct ContactSheet: Sendable {
  /// The names of the tiles' classes, in their order.
  let classNames: [String]
  /// The numbers of the tiles' samples; nil where a tile stands for its class.
  let samples: [String]?

  let layout: ContactSheetLayout
  private var tiles: [(any TexturePreview)?]

  /// A sheet without tiles yet.
  ///
  /// - Parameters:
  ///   - classNames: one a tile, at least one.
  ///   - samples: one a tile, where tiles do not stand for their classes.
  ///   - shape: of the textures.
  init(classNames: [String], samples: [String]? = nil, shape: FieldShape) {
    self.classNames = classNames
    self.samples = samples
    layout = ContactSheetLayout(
      classNames: samples.map { zip($0, classNames).map { "\($0), \($1)" } } ?? classNames, numbers: samples,
      shape: shape)
    tiles = Array(repeating: nil, count: classNames.count)
  }

  /// Sets the tile of a class; classes without one stay white.
  ///
  /// - Precondition: `class` is a class's index, and the preview is of a texture of the sheet's shape.
  mutating func add(_ preview: any TexturePreview, class index: Int) {
    tiles[index] = preview.reduced(to: layout.tileSize)
  }

  /// What a pixel of a tile is of the texture: "4" for a mean of 4 x 4 pixels, "1/8" for an eighth of one.
  var reduction: String {
    if layout.tileSize.magnification > 1 { return "1/\(layout.tileSize.magnification)" }
    return "\(tiles.lazy.compactMap { $0 }.first?.reduction ?? 1)"
  }

  func picture(palette: PreviewPalette) -> IndexedPicture {
    var sheet = IndexedPicture(width: layout.width, height: layout.height, filledWith: PreviewPalette.white)
    for (index, preview) in tiles.enumerated() {
      if let preview {
        let (x, y) = layout.tile(index)
        sheet.draw(preview.picture(on: layout.tileSize, palette: palette), x: x, y: y, scale: 1)
      }
      let (x, y) = layout.caption(index)
      sheet.draw(layout.captions[index], x: x, y: y, scale: layout.captionScale, index: PreviewPalette.black)
    }
    return sheet
  }
}
