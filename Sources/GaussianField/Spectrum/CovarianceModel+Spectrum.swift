extension CovarianceModel {
  /// How the variance of the field on a grid is spread over its modes.
  ///
  /// - Precondition: every parameter is a number.
  /// - Throws: ``FieldError``.
  package func spectrum(on grid: Grid) throws(FieldError) -> Spectrum {
    let anisotropy = anisotropy(dimensions: grid.extents.count)
    let covariance = covariance
    switch grid.boundary {
    case .periodic:
      if let spectrum = try covariance.ownSpectrum(on: grid, anisotropy) { return spectrum }
      throw FieldError(.invalidCovariance, "\(name): its field is not drawn on periodic grids yet")
    case .open:
      throw FieldError(.invalidCovariance, "\(name): its field is not drawn in open windows yet")
    }
  }

  /// The variance of the field on a grid, which a periodic boundary puts above C(0) where the length scale is large; C(0)
  /// where the covariance cannot be drawn there, which ``spectrum(on:)`` reports.
  ///
  /// - Precondition: every parameter is a number.
  public func variance(on grid: Grid) -> Double {
    let dimensions = grid.extents.count
    let atZero = covariance.value(atDistance: 0, dimensions: dimensions)
    switch grid.boundary {
    case .open: return atZero
    case .periodic:
      let anisotropy = anisotropy(dimensions: dimensions)
      if let smooth = covariance as? SquaredExponential, anisotropy.isAligned {
        return smooth.variance(on: grid, anisotropy)
      }
      return (try? spectrum(on: grid))?.variance(on: grid) ?? atZero
    }
  }
}

extension Spectrum {
  /// The sum over all signed modes.
  func variance(on grid: Grid) -> Double {
    switch self {
    case .separable(let axes):
      zip(axes, grid.extents).reduce(1) { product, axis in
        product * axis.0.indices.reduce(0) { $0 + Self.multiplicity($1, axis.1) * axis.0[$1] }
      }
    case .dense(let values): Lattice(extents: grid.extents, isEven: false).sum(values)
    case .even(let values): Lattice(extents: grid.extents, isEven: true).sum(values)
    }
  }
}
