import GaussianField

/// The preview of one sample as a PNG, small enough to be part of a page.
package struct SamplePicture: Sendable {
  /// The file's bytes.
  package let png: [UInt8]
  /// Of the picture, in its own pixels.
  package let width: Int
  /// Of the picture, in its own pixels.
  package let height: Int
  /// The pixels of the picture that one pixel of the texture is wide: less than 1 where the texture is reduced. Nil where the
  /// picture is more than one image of pixels: of series and volumes.
  package let scale: Double?

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
    let tile = PreviewTile(shape, maximum: side)
    var previewer = TexturePreviewer(shape)
    try dataset.read(sample: sample) {
      previewer.add($0)
      receive($0)
    }
    let picture = previewer.preview().reduced(to: tile).picture(on: tile, palette: palette)
    png = try IndexedPNG(picture: picture, colors: palette.colors, texts: []).encoded()
    (width, height) = (picture.width, picture.height)
    if case .image(_, let columns) = shape { scale = Double(picture.width) / Double(columns) } else { scale = nil }
  }

  /// The colours of a map as "#rrggbb", from the least value to the maximum.
  package static func colors(of colormap: Colormap = .inferno, count: Int) -> [String] {
    func hexadecimal(_ value: UInt8) -> String { (value < 16 ? "0" : "") + String(value, radix: 16) }
    return colormap.table(levels: count).map { color in
      "#" + [color.red, color.green, color.blue].map(hexadecimal).joined()
    }
  }
}
