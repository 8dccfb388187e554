import GaussianField

/// A texture small enough to look at.
protocol TexturePreview: Sendable {
  /// How many of the texture's pixels along each axis one pixel here stands for.
  var reduction: Int { get }

  /// The picture of the texture alone.
  func picture(palette: PreviewPalette) -> IndexedPicture

  /// The same, no larger than a contact sheet's tile needs it.
  func reduced(to tile: PreviewTile) -> any TexturePreview

  /// The picture of what ``reduced(to:)`` has returned, of the tile's size.
  func picture(on tile: PreviewTile, palette: PreviewPalette) -> IndexedPicture
}

extension PreviewImage: TexturePreview {
  func picture(palette: PreviewPalette) -> IndexedPicture { IndexedPicture(self, palette: palette) }

  func reduced(to tile: PreviewTile) -> any TexturePreview { tile.reduction == 1 ? self : reduced(by: tile.reduction) }

  func picture(on tile: PreviewTile, palette: PreviewPalette) -> IndexedPicture {
    var picture = IndexedPicture(width: tile.width, height: tile.height, filledWith: PreviewPalette.white)
    picture.draw(IndexedPicture(self, palette: palette), x: 0, y: 0, scale: tile.magnification)
    return picture
  }
}

/// Makes the preview of a texture of any shape while its pixels come by.
enum TexturePreviewer {
  case series(SeriesReducer)
  case image(PreviewReducer)
  case volume(VolumeSlicer)

  init(_ shape: FieldShape) {
    switch shape {
    case .series(let length): self = .series(SeriesReducer(length: length))
    case .image(let height, let width): self = .image(PreviewReducer(width: width, height: height))
    case .volume(let depth, let height, let width):
      self = .volume(VolumeSlicer(depth: depth, height: height, width: width))
    }
  }

  /// Takes the next pixels: whole rows of images and volumes, points of a series.
  mutating func add(_ pixels: UnsafeBufferPointer<Float>) {
    switch self {
    case .series(var reducer):
      reducer.add(pixels)
      self = .series(reducer)
    case .image(var reducer):
      reducer.add(rows: pixels)
      self = .image(reducer)
    case .volume(var slicer):
      slicer.add(rows: pixels)
      self = .volume(slicer)
    }
  }

  /// The preview, once all pixels have been added.
  func preview() -> any TexturePreview {
    switch self {
    case .series(let reducer): reducer.preview()
    case .image(let reducer): reducer.image()
    case .volume(let slicer): slicer.preview()
    }
  }
}
