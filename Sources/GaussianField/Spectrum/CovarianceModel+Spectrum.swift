#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension CovarianceModel {
  /// The variances of the field's modes on a grid.
  ///
  /// - Precondition: every parameter is a number.
  /// - Throws: ``FieldError`` if the covariance cannot be drawn on the grid, or there is too little memory.
  package func spectrum(on grid: Grid) throws(FieldError) -> Spectrum {
    switch grid.boundary {
    case .periodic: try periodicSpectrum(on: grid)
    case .open: try embeddedSpectrum(on: grid).spectrum
    }
  }

  /// The maximum number of covariance evaluations for a spectrum.
  private static let maximumCost = 2e9
  /// Negative eigenvalues of a periodic covariance below this fraction of the maximum are rounding.
  private static let rounding = 1e-9

  /// The spectrum of the periodised covariance: the transformed sum over all images of a lag, or the sum over all
  /// aliases of the spectral density, whichever is cheaper.
  private func periodicSpectrum(on grid: Grid) throws(FieldError) -> Spectrum {
    let dimensions = grid.extents.count
    let (covariance, anisotropy) = (covariance, anisotropy(dimensions: dimensions))
    if let spectrum = try covariance.ownSpectrum(on: grid, anisotropy) { return spectrum }
    let lattice = Lattice(extents: grid.extents, isEven: anisotropy.isAligned)
    let images = LatticeSum(lattice: lattice, form: anisotropy.form) {
      covariance.value(atDistance: $0, dimensions: dimensions)
    }
    let reach = covariance.reach(dimensions: dimensions)
    let cost = reach.isFinite ? images.cost(reach: reach) : .infinity
    if let aliases = aliasSum(covariance, anisotropy, lattice), aliases.cost < min(cost, Self.maximumCost) {
      return Self.spectrum(try aliases.sum.overImages(reach: aliases.reach), lattice)
    }
    guard cost <= Self.maximumCost else {
      throw FieldError(
        .invalidCovariance,
        "\(name) of \(parameterText): its tail \(tailText(covariance, dimensions)), so the sum over the periods of a \(grid.shape)"
          + " texture is not practical; use "
          + (reach.isFinite ? "shorter length scales, " : "") + "a shorter tail, or an open boundary")
    }
    var values = try images.overImages(reach: reach)
    try LatticeTransform(lattice: lattice).transform(&values)
    return try checked(values, lattice, grid)
  }

  /// The sum over aliases of the spectral density; nil unless the density decays faster than a power.
  private func aliasSum(
    _ covariance: any Covariance, _ anisotropy: Anisotropy, _ lattice: Lattice
  ) -> (sum: LatticeSum, reach: Double, cost: Double)? {
    let dimensions = lattice.extents.count
    guard let atZero = covariance.spectralDensity(at: 0, dimensions: dimensions), atZero.isFinite else { return nil }
    // Where the density has fallen to 1e-18; a density that decays as a power does not get there.
    var far = Double.pi / 1024
    while far < 64 * .pi, let density = covariance.spectralDensity(at: far, dimensions: dimensions),
      density > 1e-18 * atZero
    { far *= 1.25 }
    guard far < 64 * .pi else { return nil }
    let scale = anisotropy.volume / Double(lattice.extents.reduce(1, *))
    let sum = LatticeSum(lattice: lattice, form: anisotropy.waveNumberForm(extents: lattice.extents)) {
      scale * (covariance.spectralDensity(at: $0, dimensions: dimensions) ?? 0)
    }
    return (sum, far, sum.cost(reach: far))
  }

  /// Eigenvalues divided by the number of modes. Negative ones within rounding become zero.
  private func checked(_ eigenvalues: [Double], _ lattice: Lattice, _ grid: Grid) throws(FieldError) -> Spectrum {
    let maximum = eigenvalues.max() ?? 0
    if let minimum = eigenvalues.min(), minimum < -Self.rounding * maximum {
      throw FieldError(
        .invalidCovariance,
        "\(name) of \(parameterText) is not positive definite on a \(grid.shape) grid: found an eigenvalue of"
          + " \(minimum.plain), expected none under 0")
    }
    let modes = Double(grid.modes)
    return Self.spectrum(eigenvalues.map { max(0, $0) / modes }, lattice)
  }

  private static func spectrum(_ values: [Double], _ lattice: Lattice) -> Spectrum {
    lattice.isEven ? .even(values) : .dense(values)
  }

  /// The eigenvalues of the covariance at the nearest image of every lag of an embedding, with negative ones set to
  /// zero.
  ///
  /// - Returns: the spectrum, sum |negative eigenvalues| / sum of all, and the number of negative eigenvalues. Negative
  ///   values within the transform's rounding, 1e-16 log2(modes) times the root of the sum of squares, do not count.
  /// - Throws: ``FieldError`` with code `.memory`.
  func embeddedSpectrum(
    on grid: Grid
  ) throws(FieldError) -> (spectrum: Spectrum, negativeFraction: Double, negativeCount: Int) {
    let dimensions = grid.extents.count
    let (covariance, anisotropy) = (covariance, anisotropy(dimensions: dimensions))
    let lattice = Lattice(extents: grid.extents, isEven: anisotropy.isAligned)
    let function = covariance.function(
      toDistance: LatticeSum.maximumDistance(lattice, anisotropy.form), dimensions: dimensions)
    var values = try LatticeSum(lattice: lattice, form: anisotropy.form, function: function).atNearestImages()
    let squares = lattice.sum(values.map { $0 * $0 })
    try LatticeTransform(lattice: lattice).transform(&values)
    let modes = Double(grid.modes)
    let threshold = -1e-16 * max(1, log2(modes)) * (squares * modes).squareRoot()
    let negative = lattice.sum(values.map { $0 < threshold ? -$0 : 0 })
    let count = lattice.sum(values.map { $0 < threshold ? 1 : 0 })
    let all = lattice.sum(values)
    for index in values.indices { values[index] = max(0, values[index]) / modes }
    return (Self.spectrum(values, lattice), all > 0 ? negative / all : .infinity, Int(count))
  }

  /// The variance of the field on a grid. A periodic boundary makes it exceed C(0) for large length scales. C(0) if the
  /// covariance cannot be drawn on the grid, which `spectrum(on:)` reports.
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

  /// The parameters in messages: "length_scale 12, nu 1.5".
  var parameterText: String {
    parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.fixed?.plain ?? "drawn")" }.joined(
      separator: ", ")
  }

  private func tailText(_ covariance: any Covariance, _ dimensions: Int) -> String {
    covariance.tailExponent(dimensions: dimensions).map { "decays as r^-\($0.plain)" } ?? "is too long"
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
