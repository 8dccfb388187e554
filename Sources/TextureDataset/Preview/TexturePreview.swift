import GaussianField

/// A texture small enough to look at.
protocol TexturePreview: Sendable {
  /// How many of the texture's pixels along each axis one pixel here stands for.
  var reduction: Int { get }

  /// The shape of the texture.
  var shape: FieldShape { get }

  /// Whether colours show values.
  var isColored: Bool { get }

  /// The picture of the texture alone, without labels.
  func plainPicture(palette: PreviewPalette) -> IndexedPicture

  /// The panels of the texture's figure. The first shows the whole texture; if it is reduced, another panel shows a part at
  /// full resolution.
  func panels(palette: PreviewPalette) -> [[FigurePanel]]

  /// The same, no larger than a contact sheet's tile needs it.
  func reduced(to tile: PreviewTile) -> any TexturePreview

  /// The picture of what ``reduced(to:)`` has returned, of the tile's size.
  func picture(on tile: PreviewTile, palette: PreviewPalette) -> IndexedPicture

  /// The detail of the tile, of what ``reduced(to:)`` returned; nil if the tile has none.
  func detailPicture(on tile: PreviewTile, palette: PreviewPalette) -> IndexedPicture?
}

extension TexturePreview {
  /// The texture's figure.
  ///
  /// - Parameter title: the figure's first line.
  func figure(title: String, palette: PreviewPalette) -> Figure {
    Figure(
      title: [title, "\(shape) px"], rows: panels(palette: palette), colorBars: isColored ? [ColorBar(palette)] : [])
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
