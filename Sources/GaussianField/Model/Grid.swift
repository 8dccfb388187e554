/// The torus that a field is drawn on: all that a spectrum depends on beside the covariance.
public struct Grid: Hashable, Sendable {
  /// The extents of the texture.
  public let shape: FieldShape
  /// What happens at the texture's edges.
  public let boundary: Boundary
  /// The torus's extents, in the order of the axes: the texture's own, or those of the embedding that an open texture is
  /// a window of.
  public let extents: [Int]

  /// A periodic texture, which is a torus itself.
  public init(periodic shape: FieldShape) {
    self.shape = shape
    boundary = .periodic
    extents = shape.extents
  }

  /// An open texture in its embedding.
  ///
  /// - Parameters:
  ///   - shape: the texture's.
  ///   - embedding: the torus's extents, along each axis at least 2 (n - 1) for n pixels of the texture.
  public init(open shape: FieldShape, embedding: [Int]) {
    self.shape = shape
    boundary = .open
    extents = embedding
  }

  /// The number of modes.
  public var modes: Int { extents.reduce(1, *) }
}

extension Grid {
  /// The torus's extents along z, y and x, as its modes are numbered: an image has one plane, and a series lies along y, in
  /// one column.
  var modeExtents: (z: Int, y: Int, x: Int) {
    switch shape {
    case .series: (1, extents[0], 1)
    case .image: (1, extents[0], extents[1])
    case .volume: (extents[0], extents[1], extents[2])
    }
  }

  /// The texture's extents in the same way.
  var windowExtents: (z: Int, y: Int, x: Int) {
    let extents = shape.extents
    return
      switch shape
    {
    case .series: (1, extents[0], 1)
    case .image: (1, extents[0], extents[1])
    case .volume: (extents[0], extents[1], extents[2])
    }
  }
}
