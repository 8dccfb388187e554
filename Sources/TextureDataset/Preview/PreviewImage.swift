/// A texture small enough to look at: at most 1,024 pixels a side.
public struct PreviewImage: Sendable {
  /// The longest side of a preview, in pixels; larger textures are reduced.
  public static let maximumSide = 1_024

  /// The values, shape (side, side), row-major.
  public let pixels: [Float]
  /// The side, in pixels.
  public let side: Int
  /// How many pixels of the texture, in each direction, one pixel here is the mean of.
  public let reduction: Int

  init(pixels: [Float], side: Int, reduction: Int) {
    precondition(pixels.count == side * side, "a preview is a square")
    self.pixels = pixels
    self.side = side
    self.reduction = reduction
  }

  /// A whole texture, reduced where it is larger than ``maximumSide``; one that is not held in memory as a whole
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

  /// The factor that brings `side` down to at most `maximum`, both in pixels.
  static func reduction(of side: Int, to maximum: Int) -> Int {
    (side + maximum - 1) / maximum
  }

  /// This image reduced by a further whole factor.
  func reduced(by factor: Int) -> PreviewImage {
    var reducer = PreviewReducer(side: side, factor: factor)
    pixels.withUnsafeBufferPointer { reducer.add(rows: $0) }
    let image = reducer.image()
    return PreviewImage(pixels: image.pixels, side: image.side, reduction: reduction * factor)
  }
}
