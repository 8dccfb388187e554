extension FieldModel {
  /// An upper bound on the variance of a candidate's field, before weighting, without computing its spectrum; nil if no
  /// simple bound is known.
  ///
  /// - Precondition: every parameter is a number.
  package func varianceBound(of candidate: CovarianceModel) -> Double? {
    switch boundary {
    case .periodic: candidate.varianceBound(onTorus: Grid(periodic: shape))
    case .open: candidate.value(atLag: shape.extents.map { _ in 0 })
    }
  }
}

extension CovarianceModel {
  /// An upper bound on the variance on a torus.
  ///
  /// It is 1 for a normalized spectrum. Otherwise the variance is the sum of C over the images of lag 0, computed
  /// exactly if they are few. If they are many, it is at most C(0) plus the integral of C divided by n^d for the extent
  /// n. Jacobi's theta function gives this bound for squared exponentials, and hence for their mixtures, which all
  /// families with a length scale and a spectral density are. The other families have a bound by shells.
  fileprivate func varianceBound(onTorus grid: Grid) -> Double? {
    let extents = grid.extents
    let dimensions = extents.count
    let (covariance, anisotropy) = (covariance, anisotropy(dimensions: dimensions))
    switch covariance {
    case is PowerLaw: return 1
    case let tabulated as Tabulated:
      return tabulated.isNormalized
        ? 1 : anisotropy.volume * tabulated.table.rows.reduce(0) { max($0, $1.density) }
    case let smooth as SquaredExponential where anisotropy.isAligned: return smooth.variance(on: grid, anisotropy)
    default: break
    }
    // Ratios are at most 1, so the distance is at least that of an isotropic covariance.
    let reach = covariance.reach(dimensions: dimensions)
    let counts = extents.map { (reach / Double($0)).rounded(.down) }
    if counts.reduce(1, { $0 * (2 * $1 + 1) }) <= Self.maximumImages {
      let images = counts.reduce([[]]) { (images: [[Double]], count) in
        images.flatMap { image in stride(from: -count, through: count, by: 1).map { image + [$0] } }
      }
      return images.reduce(0) { sum, image in
        let distance = anisotropy.squaredDistance(zip(image, extents).map { $0 * Double($1) }).squareRoot()
        return sum + covariance.value(atDistance: distance, dimensions: dimensions)
      }
    }
    let shortest = Double(extents.min() ?? 1)
    guard let integral = covariance.spectralDensity(at: 0, dimensions: dimensions), integral.isFinite else {
      return Self.boundByShells(covariance, extents, shortest, reach: reach)
    }
    return covariance.value(atDistance: 0, dimensions: dimensions) + integral
      / extents.reduce(1) { product, _ in product * shortest }
  }

  /// An upper bound on the sum over the images of lag 0 of a covariance that does not increase with the distance: each
  /// shell's images have the covariance at its inner radius. Anisotropy only increases distances.
  ///
  /// - Returns: nil if the sum diverges.
  private static func boundByShells(
    _ covariance: any Covariance, _ extents: [Int], _ shortest: Double, reach: Double
  ) -> Double? {
    guard reach.isFinite else { return nil }
    let dimensions = extents.count
    let cell = extents.reduce(1) { $0 * Double($1) }
    let halfDiagonal = extents.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() / 2
    // The cells of the images within a radius lie in a ball whose radius is half a diagonal larger.
    func maximumCount(within radius: Double) -> Double {
      radius < shortest ? 1 : LatticeSum.ball(radius: radius + halfDiagonal, dimensions: dimensions) / cell
    }
    var (bound, count, inner) = (0.0, 0.0, 0.0)
    while inner < reach {
      let outer = max(shortest / 16, inner * 1.05)
      let next = maximumCount(within: outer)
      bound += (next - count) * covariance.value(atDistance: inner, dimensions: dimensions)
      (count, inner) = (next, outer)
    }
    // Beyond the reach, the sum is less than 1e-16 of the whole.
    return bound.isFinite ? bound * (1 + 1e-12) : nil
  }

  /// The maximum number of images to sum individually.
  private static let maximumImages = 1000.0
}
