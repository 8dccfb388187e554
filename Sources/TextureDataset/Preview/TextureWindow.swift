/// A part of a texture at full resolution.
struct TextureWindow: Equatable, Sendable {
  /// The maximum side of the window that a reduced preview keeps, in pixels.
  static let maximumSide = 512

  /// The texture column of the window's first column.
  let x: Int
  /// The texture row of the window's first row.
  let y: Int
  let width: Int
  let height: Int
  /// Shape (height, width), row-major.
  private(set) var pixels: [Float] = []

  /// The central window of a texture of the given size, without pixels yet.
  init(centerOf width: Int, _ height: Int, side: Int = maximumSide) {
    self.init(of: width, height, size: (side, side), around: (width / 2, height / 2))
  }

  /// A window of a texture in memory.
  ///
  /// - Parameters:
  ///   - texture: shape (height, width).
  ///   - size: the maximum size of the window.
  ///   - center: the window's central pixel, unless the window has to be moved to lie within the texture.
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

  /// Adds the window's part of a row of the texture. Rows must come in order.
  mutating func add(row index: Int, _ row: UnsafeBufferPointer<Float>) {
    if (y..<y + height).contains(index) { pixels += row[x..<x + width] }
  }

  /// Adds a point of a series if it is in the window. Points must come in order.
  mutating func add(point index: Int, _ value: Float) {
    if (x..<x + width).contains(index) { pixels.append(value) }
  }

  /// A window within this one, no larger than `size`.
  ///
  /// - Parameter center: a pixel of the texture; by default the centre of this window.
  func cropped(to size: (width: Int, height: Int), around center: (x: Int, y: Int)? = nil) -> TextureWindow {
    let center = center.map { ($0.x - x, $0.y - y) } ?? (width / 2, height / 2)
    let part = TextureWindow(of: pixels, width: width, size: size, around: center)
    return TextureWindow(x: x + part.x, y: y + part.y, width: part.width, height: part.height, pixels: part.pixels)
  }

  private init(x: Int, y: Int, width: Int, height: Int, pixels: [Float]) {
    (self.x, self.y, self.width, self.height, self.pixels) = (x, y, width, height, pixels)
  }
}
