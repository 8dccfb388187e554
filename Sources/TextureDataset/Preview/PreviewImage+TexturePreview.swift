import GaussianField

extension PreviewImage: TexturePreview {
  var shape: FieldShape { .image(height: extents.height, width: extents.width) }

  var isColored: Bool { true }

  func plainPicture(palette: PreviewPalette) -> IndexedPicture { IndexedPicture(self, palette: palette) }

  func panels(palette: PreviewPalette) -> [[FigurePanel]] {
    // Magnifying means would show no more.
    let scale =
      reduction > 1 ? 1 : max(1, PreviewImage.reduction(of: FigureStyle.minimumPanelSide, to: max(width, height)))
    var whole = IndexedPicture(self, palette: palette).magnified(scale)
    let bar = ScaleBar(side: max(whole.width, whole.height), reduction: reduction, magnification: scale)
    guard reduction > 1 else { return [[FigurePanel(picture: whole, scaleBar: bar)]] }
    let isWide = width > 2 * height
    let limit = FigureStyle.maximumDetailSide
    let size = DetailSize(
      of: extents, in: (isWide ? whole.width : limit, isWide ? min(limit, max(64, whole.height)) : limit))
    let window = window(of: size.part)
    whole.mark(window, reduction: reduction, magnification: scale)
    let panels = [
      FigurePanel(picture: whole, scaleBar: bar, caption: Self.caption(reduction: reduction)),
      FigurePanel(window: window, magnification: size.magnification, palette: palette),
    ]
    return isWide ? panels.map { [$0] } : [panels]
  }

  func reduced(to tile: PreviewTile) -> any TexturePreview {
    tile.reduction == 1 && tile.detail == nil
      ? self : reduced(by: tile.reduction, keeping: tile.detail?.size.part)
  }

  func picture(on tile: PreviewTile, palette: PreviewPalette) -> IndexedPicture {
    var picture = IndexedPicture(width: tile.width, height: tile.height, filledWith: PreviewPalette.paper)
    picture.draw(IndexedPicture(self, palette: palette), x: 0, y: 0, scale: tile.magnification)
    if let window, tile.detail != nil {
      picture.mark(window, reduction: reduction, magnification: tile.magnification)
    }
    return picture
  }

  func detailPicture(on tile: PreviewTile, palette: PreviewPalette) -> IndexedPicture? {
    guard let detail = tile.detail, let window else { return nil }
    return IndexedPicture(window, palette: palette).magnified(detail.size.magnification)
  }

  /// The caption of a reduced panel.
  static func caption(reduction: Int) -> String { "means of \(reduction) x \(reduction) px" }
}

extension FigurePanel {
  /// A panel that shows part of a texture at full resolution.
  init(window: TextureWindow, magnification: Int, palette: PreviewPalette, of what: String = "") {
    let picture = IndexedPicture(window, palette: palette).magnified(magnification)
    self.init(picture, of: window, magnification: magnification, caption: what + Self.detailCaption)
  }

  /// A panel with the picture of part of a texture at full resolution.
  init(_ picture: IndexedPicture, of window: TextureWindow, magnification: Int, caption: String = detailCaption) {
    self.init(
      picture: picture,
      scaleBar: ScaleBar(side: max(picture.width, picture.height), reduction: 1, magnification: magnification),
      caption: caption)
  }

  static let detailCaption = "marked part, full resolution"
}

extension IndexedPicture {
  /// Outlines the part that a window shows on the picture of the whole texture.
  ///
  /// - Parameter extent: the size of the texture's picture, in the upper left corner of this one; by default all of it.
  mutating func mark(
    _ window: TextureWindow, reduction: Int, magnification: Int, within extent: (width: Int, height: Int)? = nil
  ) {
    func place(_ start: Int, _ length: Int, within extent: Int) -> (start: Int, length: Int) {
      let size = min(extent, max(4, (length * magnification + reduction - 1) / reduction))
      return (min(max(0, start * magnification / reduction), extent - size), size)
    }
    let (x, columns) = place(window.x, window.width, within: extent?.width ?? width)
    let (y, rows) = place(window.y, window.height, within: extent?.height ?? height)
    mark(x: x, y: y, width: columns, height: rows)
  }
}
