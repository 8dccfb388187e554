/// A texture small enough to look at: at most 1,024 pixels a side.
public struct PreviewImage: Sendable {
  /// The longest side of a preview, in pixels; larger textures are reduced.
  public static let maximumSide = 1_024

  /// The values, shape (height, width), row-major.
  public let pixels: [Float]
  /// Pixels in a row.
  public let width: Int
  /// How many pixels of the texture, in each direction, one pixel here is the mean of.
  public let reduction: Int
  /// The size of the texture, in pixels.
  let extents: (width: Int, height: Int)
  /// The central part of a reduced texture at full resolution.
  let window: TextureWindow?

  init(pixels: [Float], width: Int, reduction: Int, extents: (width: Int, height: Int), window: TextureWindow? = nil) {
    precondition(pixels.count.isMultiple(of: width), "a preview has whole rows")
    self.pixels = pixels
    self.width = width
    self.reduction = reduction
    self.extents = extents
    self.window = window
  }

  /// A whole square texture, reduced where it is larger than ``maximumSide``; one that is not held in memory as a whole
  /// goes through a ``PreviewReducer``.
  ///
  /// - Parameters:
  ///   - texture: shape (side, side), row-major.
  ///   - side: pixels.
  public init(reducing texture: [Float], side: Int) {
    var reducer = PreviewReducer(side: side)
    texture.withUnsafeBufferPointer { reducer.add(rows: $0) }
    self = reducer.image()
  }

  /// A whole texture, reduced where it is larger than ``maximumSide``.
  ///
  /// - Parameters:
  ///   - texture: shape (height, width), row-major.
  ///   - width: pixels.
  init(reducing texture: [Float], width: Int) {
    var reducer = PreviewReducer(width: width, height: texture.count / width)
    texture.withUnsafeBufferPointer { reducer.add(rows: $0) }
    self = reducer.image()
  }

  /// The number of rows.
  public var height: Int { pixels.count / width }

  /// The factor that brings `side` down to at most `maximum`, both in pixels.
  static func reduction(of side: Int, to maximum: Int) -> Int {
    (side + maximum - 1) / maximum
  }

  /// This image reduced by a further whole factor.
  ///
  /// - Parameter part: the size of the window to keep; nil for none.
  func reduced(by factor: Int, keeping part: (width: Int, height: Int)? = nil) -> PreviewImage {
    var reducer = PreviewReducer(width: width, height: height, factor: factor, keepsWindow: false)
    pixels.withUnsafeBufferPointer { reducer.add(rows: $0) }
    let image = reducer.image()
    return PreviewImage(
      pixels: image.pixels, width: image.width, reduction: reduction * factor, extents: extents,
      window: part.map { window(of: $0) })
  }

  /// The central part of the texture at full resolution.
  ///
  /// - Parameter size: the maximum size of the part.
  func window(of size: (width: Int, height: Int)) -> TextureWindow {
    window?.cropped(to: size)
      ?? TextureWindow(of: pixels, width: width, size: size, around: (width / 2, height / 2))
  }
}
