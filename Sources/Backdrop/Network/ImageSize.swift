/// The height and width of images, in pixels.
public struct ImageSize: Hashable, Sendable {
  /// The height.
  public var height: Int
  /// The width.
  public var width: Int

  /// A size from a height and a width.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The size of a square.
  public init(side: Int) { self.init(height: side, width: side) }

  /// The size after a crop to a square.
  ///
  /// - Parameter side: the side of the square; nil for no crop.
  public func cropped(to side: Int?) -> ImageSize { side.map { ImageSize(side: $0) } ?? self }

  /// Whether height and width are equal.
  var isSquare: Bool { height == width }
}

extension ImageSize: CustomStringConvertible {
  /// "512x1024": height, then width.
  public var description: String { "\(height)x\(width)" }
}
