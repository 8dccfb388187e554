#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The squared-exponential covariance C(r) = exp(-r² / (2 l²)), of unit variance.
public struct SquaredExponential: Covariance {
  /// The family's row in the table.
  public static let family = CovarianceFamily(
    name: "squared_exponential",
    formula: "exp(-r^2 / (2 l^2))",
    spectralDensity: "(2 pi l^2)^(d/2) exp(-k^2 l^2 / 2)",
    lengthScale: "the distance at which the correlation is exp(-1/2) = 0.61",
    workedExample: .init(["length_scale": 10], distance: 10, value: 0.6065),
    reference: "Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eq. 4.9",
    of: SquaredExponential.self)

  /// l, in pixels.
  public let lengthScale: Double

  /// - Parameter parameters: the length scale.
  public init(_ parameters: CovarianceParameters) { lengthScale = parameters[CovarianceFamily.lengthScaleName] }

  /// - Parameter lengthScale: l in pixels, at least 0.5, since a grid cannot resolve less.
  /// - Throws: ``FieldError`` with code `.invalidCovariance`.
  public init(lengthScale: Double) throws(FieldError) {
    guard lengthScale.isFinite, lengthScale >= CovarianceFamily.lengthScales.lowerBound else {
      throw FieldError(
        .invalidCovariance,
        "length scale \(lengthScale) px: expected at least 0.5 px, below which neighbouring pixels are independent")
    }
    self.lengthScale = lengthScale
  }

  /// The length scale.
  public var parameters: CovarianceParameters {
    CovarianceParameters([CovarianceFamily.lengthScaleName: lengthScale])
  }

  /// C at a distance in pixels.
  public func value(atDistance distance: Double, dimensions: Int) -> Double {
    value(atSquaredDistance: distance * distance)
  }

  private func value(atSquaredDistance squared: Double) -> Double { exp(-squared / (2 * lengthScale * lengthScale)) }

  /// S at an angular wave number in radians per pixel.
  public func spectralDensity(at k: Double, dimensions: Int) -> Double? {
    pow(lengthScale * (2 * Double.pi).squareRoot(), Double(dimensions)) * exp(-0.5 * k * k * lengthScale * lengthScale)
  }

  /// If the covariance is aligned with the axes, it is a product over them, and so is its spectrum.
  public func ownSpectrum(on grid: Grid, _ anisotropy: Anisotropy) throws(FieldError) -> Spectrum? {
    guard anisotropy.isAligned else { return nil }
    return .separable(
      grid.extents.indices.map { axis in
        Self(alongAxisOf: self, anisotropy.ratio(alongAxis: axis)).axisSpectrum(side: grid.extents[axis])
      })
  }

  /// The covariance along one axis, whose length scale is `ratio` times that of the whole.
  init(alongAxisOf whole: SquaredExponential, _ ratio: Double) { lengthScale = whole.lengthScale * ratio }

  /// The periodised covariance at lag 0, as a sum over images.
  func variance(on grid: Grid, _ anisotropy: Anisotropy) -> Double {
    grid.extents.indices.reduce(1) { product, axis in
      let alongAxis = Self(alongAxisOf: self, anisotropy.ratio(alongAxis: axis))
      return product * alongAxis.torusValue(atDistance: 0, side: grid.extents[axis])
    }
  }

  /// The covariance along one axis of a torus: the sum of C over all images of a point.
  func torusValue(atDistance distance: Double, side: Int) -> Double {
    let period = Double(side)
    let images = Int((9 * lengthScale / period).rounded(.up)) + 1
    return (-images...images).reduce(0) {
      let distance = distance + Double($1) * period
      return $0 + value(atSquaredDistance: distance * distance)
    }
  }

  /// The variance of each wave number along one axis of a torus: eigenvalues divided by the side.
  ///
  /// - Returns: shape (side / 2 + 1), by |k|; non-increasing and positive, or zero where exp underflows. The sum over
  ///   signed k is the periodised covariance at distance 0.
  /// - Complexity: O(side).
  /// - Source: Poisson's summation of the periodised covariance; Dietrich and Newsam (1997) for its use.
  func axisSpectrum(side: Int) -> [Double] {
    let n = Double(side)
    let width = 2 * Double.pi * lengthScale
    return (0...side / 2).map { k in
      var sum = 0.0
      for alias in [-4, 4, -3, 3, -2, 2, 1, -1, 0] {
        let frequency = Double(k) / n + Double(alias)
        let exponent = -0.5 * (width * frequency) * (width * frequency)
        // Below this, exp is exactly zero.
        if exponent > -746 { sum += exp(exponent) }
      }
      return lengthScale * (2 * Double.pi).squareRoot() / n * sum
    }
  }
}
