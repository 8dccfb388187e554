/// The extents of a texture along its axes.
public enum FieldShape: Hashable, Sendable {
  /// n rows of n columns.
  case square(side: Int)

  /// The extents in pixels, in the order of the axes: y, x.
  public var extents: [Int] {
    switch self {
    case .square(let side): [side, side]
    }
  }

  /// The names of the axes.
  public var axes: [String] {
    switch self {
    case .square: ["y", "x"]
    }
  }

  /// The number of pixels.
  public var pixels: Int { extents.reduce(1, *) }
}

/// What happens at the edges of a texture.
public enum Boundary: String, CaseIterable, Hashable, Sendable {
  /// The left edge continues the right one, the top the bottom: the field lives on a torus.
  case periodic
}

/// The pixels that a field is drawn on: all that a spectrum depends on beside the covariance.
public struct Grid: Hashable, Sendable {
  /// The extents.
  public let shape: FieldShape
  /// What happens at the edges.
  public let boundary: Boundary

  /// - Parameters:
  ///   - shape: the extents.
  ///   - boundary: what happens at the edges.
  public init(shape: FieldShape, boundary: Boundary) {
    self.shape = shape
    self.boundary = boundary
  }
}
