/// The torus on which a field is drawn. A spectrum depends only on it and the covariance.
public struct Grid: Hashable, Sendable {
  /// The extents of the texture.
  public let shape: FieldShape
  /// What happens at the texture's edges.
  public let boundary: Boundary
  /// The torus's extents, in the order of the axes: the texture's own, or the embedding's if the texture is open.
  public let extents: [Int]

  /// The grid of a periodic texture, which is itself a torus.
  public init(periodic shape: FieldShape) {
    self.shape = shape
    boundary = .periodic
    extents = shape.extents
  }

  /// An open texture in its embedding.
  ///
  /// - Parameters:
  ///   - shape: the texture's shape.
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
  /// The torus's extents along z, y and x, as modes are numbered: an image is one plane, a series one column along y.
  var modeExtents: (z: Int, y: Int, x: Int) {
    switch shape {
    case .series: (1, extents[0], 1)
    case .image: (1, extents[0], extents[1])
    case .volume: (extents[0], extents[1], extents[2])
    }
  }

  /// The texture's extents, in the same order.
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
