/// A part of a texture, at its full resolution.
struct TextureWindow: Equatable, Sendable {
  /// The longest side of a part that previews of large textures keep, in pixels.
  static let maximumSide = 512

  /// The first column, in the texture.
  let x: Int
  /// The first row, in the texture.
  let y: Int
  let width: Int
  let height: Int
  /// Shape (height, width), row-major.
  private(set) var pixels: [Float] = []

  /// The part around the centre of a texture; its pixels follow.
  init(centerOf width: Int, _ height: Int, side: Int = maximumSide) {
    self.init(of: width, height, size: (side, side), around: (width / 2, height / 2))
  }

  /// The part around a pixel of a texture that is held as a whole.
  ///
  /// - Parameters:
  ///   - texture: shape (height, width).
  ///   - size: of the part, which is no larger than the texture.
  ///   - center: shifted where the part would reach over the texture's edge.
  init(of texture: [Float], width: Int, size: (width: Int, height: Int), around center: (x: Int, y: Int)) {
    self.init(of: width, texture.count / width, size: size, around: center)
    pixels.reserveCapacity(self.width * height)
    for row in y..<y + height { pixels += texture[row * width + x..<row * width + x + self.width] }
  }

  private init(of width: Int, _ height: Int, size: (width: Int, height: Int), around center: (x: Int, y: Int)) {
    self.width = min(width, size.width)
    self.height = min(height, size.height)
    x = min(max(0, center.x - self.width / 2), width - self.width)
    y = min(max(0, center.y - self.height / 2), height - self.height)
  }

  /// Takes the part of a row of the texture; rows come in their order.
  mutating func add(row index: Int, _ row: UnsafeBufferPointer<Float>) {
    if (y..<y + height).contains(index) { pixels += row[x..<x + width] }
  }

  /// Takes a point of a series; points come in their order.
  mutating func add(point index: Int, _ value: Float) {
    if (x..<x + width).contains(index) { pixels.append(value) }
  }

  /// A part of this one, no larger than `size`.
  ///
  /// - Parameter center: a pixel of the texture; that of this part if not given.
  func cropped(to size: (width: Int, height: Int), around center: (x: Int, y: Int)? = nil) -> TextureWindow {
    let center = center.map { ($0.x - x, $0.y - y) } ?? (width / 2, height / 2)
    let part = TextureWindow(of: pixels, width: width, size: size, around: center)
    return TextureWindow(x: x + part.x, y: y + part.y, width: part.width, height: part.height, pixels: part.pixels)
  }

  private init(x: Int, y: Int, width: Int, height: Int, pixels: [Float]) {
    (self.x, self.y, self.width, self.height, self.pixels) = (x, y, width, height, pixels)
  }
}
