/// A picture of one byte a pixel, an index into the palette.
struct IndexedPicture: Sendable {
  let width: Int
  let height: Int
  /// Shape (height, width), row-major.
  private(set) var pixels: [UInt8]

  /// A picture of one colour.
  init(width: Int, height: Int, filledWith index: UInt8) {
    self.width = width
    self.height = height
    pixels = Array(repeating: index, count: width * height)
  }

  /// A picture of given pixels.
  ///
  /// - Parameter pixels: shape (height, width), row-major.
  init(width: Int, pixels: [UInt8]) {
    precondition(pixels.count.isMultiple(of: width), "a picture has whole rows")
    self.width = width
    height = pixels.count / width
    self.pixels = pixels
  }

  /// A preview in the palette's colours.
  init(_ image: PreviewImage, palette: PreviewPalette) {
    self.init(image, indices: image.pixels.map { palette.index(of: $0) })
  }

  /// A preview in the colours that its pixels are given, row-major.
  init(_ image: PreviewImage, indices: [UInt8]) {
    precondition(indices.count == image.pixels.count, "an index for each pixel")
    width = image.width
    height = image.height
    pixels = indices
  }

  /// A window of a texture in the palette's colours.
  init(_ window: TextureWindow, palette: PreviewPalette) {
    self.init(width: window.width, pixels: window.pixels.map { palette.index(of: $0) })
  }

  /// This picture with each of its pixels as a square of `scale` x `scale`.
  func magnified(_ scale: Int) -> IndexedPicture {
    guard scale > 1 else { return self }
    var picture = IndexedPicture(width: width * scale, height: height * scale, filledWith: 0)
    picture.draw(self, x: 0, y: 0, scale: scale)
    return picture
  }

  /// Copies a picture, each of its pixels as a square of `scale` x `scale`, its upper left corner at (x, y).
  mutating func draw(_ picture: IndexedPicture, x: Int, y: Int, scale: Int) {
    for row in 0..<(picture.height * scale) {
      for column in 0..<(picture.width * scale) {
        pixels[(y + row) * width + x + column] = picture.pixels[row / scale * picture.width + column / scale]
      }
    }
  }

  /// Writes text in the caption font, each dot a square of `scale` x `scale`, its upper left corner at (x, y).
  mutating func draw(_ text: String, x: Int, y: Int, scale: Int, index: UInt8) {
    for (position, character) in text.enumerated() {
      let left = x + position * CaptionFont.advance * scale
      for (row, dots) in CaptionFont.rows(of: character).enumerated() {
        for column in 0..<CaptionFont.width where dots >> (CaptionFont.width - 1 - column) & 1 == 1 {
          fill(x: left + column * scale, y: y + row * scale, width: scale, height: scale, index: index)
        }
      }
    }
  }

  /// Fills a rectangle whose upper left corner is at (x, y).
  mutating func fill(x: Int, y: Int, width columns: Int, height rows: Int, index: UInt8) {
    for row in y..<(y + rows) {
      for column in x..<(x + columns) { pixels[row * width + column] = index }
    }
  }
}
