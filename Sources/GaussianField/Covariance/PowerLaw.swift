#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A covariance of unit variance whose spectral density is a power law between two scales: S(k) is proportional to
/// k^-beta for 2 pi / outer_scale <= k <= 2 pi / inner_scale, and 0 elsewhere.
///
/// On a periodic grid it is defined by its modes: the variances in the band are proportional to k^-beta and sum to 1.
public struct PowerLaw: Covariance {
  /// The family's row in the table.
  public static let family = CovarianceFamily(
    name: "power_law",
    formula: "the transform of S(k) ~ k^-beta for 2 pi / outer_scale <= k <= 2 pi / inner_scale, else 0",
    spectralDensity: "k^-beta in that band, else 0, times the constant for which C(0) = 1",
    lengthScale: nil,
    parameters: [
      .init(
        name: "beta",
        meaning: "the exponent of the spectral density: 5/3, 8/3, 11/3 for Kolmogorov in 1, 2, 3 dimensions",
        range: -10...20),
      .init(name: "outer_scale", meaning: "the maximum wavelength, in pixels", range: 2...1e9),
      .init(name: "inner_scale", meaning: "the minimum wavelength, in pixels; less than outer_scale", range: 2...1e6),
    ],
    workedExample: .init(
      ["beta": 3, "inner_scale": 4, "outer_scale": 64], dimensions: 2, distance: 8, value: 0.3903),
    reference: "Pope, Turbulent Flows (2000), section 6.5, for turbulence",
    of: PowerLaw.self)

  /// beta.
  public let exponent: Double
  /// The maximum wavelength, in pixels.
  public let outerScale: Double
  /// The minimum wavelength, in pixels.
  public let innerScale: Double

  /// Checks that the inner scale is less than the outer scale.
  public static func problem(in parameters: [String: ParameterValue]) -> String? {
    guard let inner = parameters["inner_scale"]?.bounds, let outer = parameters["outer_scale"]?.bounds,
      inner.maximum >= outer.minimum
    else { return nil }
    return "inner_scale \(inner.maximum.plain) of power_law: expected less than outer_scale \(outer.minimum.plain)"
  }

  /// - Parameter parameters: beta and the two scales.
  public init(_ parameters: CovarianceParameters) {
    exponent = parameters["beta"]
    outerScale = parameters["outer_scale"]
    innerScale = parameters["inner_scale"]
  }

  /// beta and the two scales.
  public var parameters: CovarianceParameters {
    CovarianceParameters(["beta": exponent, "outer_scale": outerScale, "inner_scale": innerScale])
  }

  /// C at a distance in pixels: the transform of the spectral density, by quadrature.
  public func value(atDistance distance: Double, dimensions: Int) -> Double {
    RadialTransform(dimensions: dimensions).covariance(atDistance: distance, density(dimensions: dimensions))
  }

  /// C as a function of the distance, interpolated from a table.
  public func function(toDistance end: Double, dimensions: Int) -> @Sendable (Double) -> Double {
    RadialTransform(dimensions: dimensions).function(toDistance: end, density(dimensions: dimensions))
  }

  /// (d + 1) / 2, the exponent for a density that ends in a jump.
  public func tailExponent(dimensions: Int) -> Double? { RadialTransform(dimensions: dimensions).tailExponent }

  /// S at an angular wave number in radians per pixel.
  public func spectralDensity(at k: Double, dimensions: Int) -> Double? {
    density(dimensions: dimensions).value(at: k)
  }

  private func density(dimensions: Int) -> RadialTransform.Density {
    let (low, high) = (2 * .pi / outerScale, 2 * .pi / innerScale)
    let shape = RadialTransform.Density([.init(low: low, high: high, value: 1, exponent: -exponent)])
    let variance = RadialTransform(dimensions: dimensions).covariance(atDistance: 0, shape)
    return RadialTransform.Density([.init(low: low, high: high, value: 1 / variance, exponent: -exponent)])
  }

  /// Proportional to k^-beta in the band, normalized to a sum of 1.
  ///
  /// - Throws: ``FieldError`` with code `.invalidCovariance` if the grid has no mode in the band.
  public func ownSpectrum(on grid: Grid, _ anisotropy: Anisotropy) throws(FieldError) -> Spectrum? {
    let (low, high) = (2 * .pi / outerScale, 2 * .pi / innerScale)
    // Waves of exactly the inner or outer scale belong to the band, despite rounding.
    let spectrum = try ModeSpectrum(on: grid, anisotropy) { [exponent] k in
      k >= low * (1 - 1e-12) && k <= high * (1 + 1e-12) ? pow(k / low, -exponent) : 0
    }
    guard let normalized = spectrum.normalized() else {
      throw FieldError(
        .invalidCovariance,
        "power_law with outer_scale \(outerScale.plain), inner_scale \(innerScale.plain): a \(grid.shape) grid has no mode"
          + " between them; widen the band")
    }
    return normalized
  }
}
