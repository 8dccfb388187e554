import GaussianField

/// The preview of one sample as PNGs, small enough to be part of a page.
package struct SamplePicture: Sendable {
  /// A picture as a PNG.
  package struct Panel: Sendable {
    /// The file's bytes.
    package let png: [UInt8]
    /// Of the picture, in its own pixels.
    package let width: Int
    /// Of the picture, in its own pixels.
    package let height: Int
    /// The pixels of the picture that one pixel of the texture is wide: less than 1 where the texture is reduced. Nil where
    /// the picture is more than one image of pixels: of series and volumes.
    package let scale: Double?

    fileprivate init(_ picture: IndexedPicture, scale: Double?, palette: PreviewPalette) throws(DatasetError) {
      png = try IndexedPNG(picture: picture, colors: palette.colors, texts: []).encoded()
      (width, height, self.scale) = (picture.width, picture.height, scale)
    }
  }

  /// The whole texture.
  package let whole: Panel
  /// The part of a reduced image that is marked on the whole, at full resolution.
  package let detail: Panel?

  /// Reads a sample and draws it. Blocks while it reads.
  ///
  /// - Parameters:
  ///   - sample: its index in the whole dataset.
  ///   - dataset: that it is of.
  ///   - side: the maximum of the picture's sides, in pixels.
  ///   - colormap: the colours, which span the range of all the dataset's previews.
  ///   - receive: called for each piece of the sample's pixels, in order.
  /// - Throws: ``DatasetError``.
  package init(
    _ sample: Int, of dataset: DatasetReader, side: Int, colormap: Colormap = .inferno,
    receive: (UnsafeBufferPointer<Float>) -> Void = { _ in }
  ) throws(DatasetError) {
    let shape = dataset.recipe.field.shape
    let palette = PreviewPalette(PreviewStyle(colormap: colormap, range: dataset.recipe.previewRange))
    var isImage = false
    if case .image = shape { isImage = true }
    let tile = PreviewTile(shape, maximum: side, room: isImage ? side : nil)
    var previewer = TexturePreviewer(shape)
    try dataset.read(sample: sample) {
      previewer.add($0)
      receive($0)
    }
    let preview = previewer.preview().reduced(to: tile)
    let picture = preview.picture(on: tile, palette: palette)
    whole = try Panel(
      picture, scale: isImage ? Double(picture.width) / Double(shape.rowLength) : nil, palette: palette)
    if let detail = tile.detail, let picture = preview.detailPicture(on: tile, palette: palette) {
      self.detail = try Panel(picture, scale: Double(detail.size.magnification), palette: palette)
    } else {
      detail = nil
    }
  }

  /// The colours of a map as "#rrggbb", from the least value to the maximum.
  package static func colors(of colormap: Colormap = .inferno, count: Int) -> [String] {
    func hexadecimal(_ value: UInt8) -> String { (value < 16 ? "0" : "") + String(value, radix: 16) }
    return colormap.table(levels: count).map { color in
      "#" + [color.red, color.green, color.blue].map(hexadecimal).joined()
    }
  }
}
