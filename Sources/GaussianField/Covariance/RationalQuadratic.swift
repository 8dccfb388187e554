#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The rational-quadratic covariance C(r) = (1 + r² / (2 alpha l²))^-alpha, of unit variance.
///
/// It is a mixture of squared exponentials of many length scales; as alpha grows it tends to ``SquaredExponential``
/// with the same l.
public struct RationalQuadratic: Covariance {
  /// The family's row in the table.
  public static let family = CovarianceFamily(
    name: "rational_quadratic",
    formula: "(1 + r^2 / (2 alpha l^2))^-alpha",
    spectralDensity:
      "2 (2 pi alpha l^2)^(d/2) / Gamma(alpha) (x / 2)^(alpha - d/2) K_(alpha - d/2)(x), x = sqrt(2 alpha) l k",
    lengthScale: "the length scale of the squared exponential that it tends to for large alpha",
    parameters: [
      .init(
        name: "alpha",
        meaning: "the correlation falls as r^(-2 alpha); over 1000 it would be squared_exponential to 1e-3",
        range: ParameterRange(over: 0, through: 1000))
    ],
    workedExample: .init(["alpha": 2, "length_scale": 10], distance: 20, value: 0.25),
    reference: "Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eq. 4.19",
    of: RationalQuadratic.self)

  /// l, in pixels.
  public let lengthScale: Double
  /// alpha.
  public let exponent: Double

  /// - Parameter parameters: the length scale and alpha.
  public init(_ parameters: CovarianceParameters) {
    lengthScale = parameters[CovarianceFamily.lengthScaleName]
    exponent = parameters["alpha"]
  }

  /// The length scale and alpha.
  public var parameters: CovarianceParameters {
    CovarianceParameters([CovarianceFamily.lengthScaleName: lengthScale, "alpha": exponent])
  }

  /// C at a distance in pixels.
  public func value(atDistance distance: Double, dimensions: Int) -> Double {
    let ratio = distance / lengthScale
    return exp(-exponent * log1p(ratio * ratio / (2 * exponent)))
  }

  /// S at an angular wave number in radians per pixel: 2 (2 pi alpha l²)^(d/2) / Gamma(alpha) (x / 2)^(alpha - d/2)
  /// K_(alpha - d/2)(x), x = sqrt(2 alpha) l k; infinite at k = 0 if alpha <= d/2.
  ///
  /// - Source: the Fourier transform of the mixture over exp(-s r² / (2 alpha l²)) with the density of Gamma(alpha).
  public func spectralDensity(at k: Double, dimensions: Int) -> Double? {
    let half = Double(dimensions) / 2
    let order = exponent - half
    let x = (2 * exponent).squareRoot() * lengthScale * k
    let logFactor = half * log(2 * .pi * exponent * lengthScale * lengthScale) - logGamma(exponent)
    guard x > 0 else { return order > 0 ? exp(logFactor + logGamma(order)) : .infinity }
    return exp(
      logFactor + log(2) + order * log(x / 2) + BesselK.logValue(order: order.magnitude, x))
  }

  /// The distance at which (r / l)^(d - 2 alpha) is 1e-16, or less for large alpha.
  public func reach(dimensions: Int) -> Double {
    let rest = 2 * exponent - Double(dimensions)
    guard rest > 0 else { return .infinity }
    // In the tail C is (r² / (2 alpha l²))^-alpha = (r / l)^(-2 alpha) (2 alpha)^alpha.
    return lengthScale * (2 * exponent).squareRoot() * exp((log(1e16) + 2) / rest)
  }

  /// 2 alpha.
  public func tailExponent(dimensions: Int) -> Double? { 2 * exponent }
}
