#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The exponential covariance C(r) = exp(-r / l), of unit variance: ``Matern`` with nu = 1/2.
public struct Exponential: Covariance {
  /// The family's row in the table.
  public static let family = CovarianceFamily(
    name: "exponential",
    formula: "exp(-r / l)",
    spectralDensity: "Gamma((d + 1) / 2) / sqrt(pi) (4 pi l^2)^(d/2) (1 + k^2 l^2)^-((d + 1) / 2)",
    lengthScale: "the distance at which the correlation is exp(-1) = 0.37",
    workedExample: .init(["length_scale": 10], distance: 10, value: 0.3679),
    reference: "Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eq. 4.14 with nu = 1/2",
    of: Exponential.self)

  /// l, in pixels.
  public let lengthScale: Double

  /// - Parameter parameters: the length scale.
  public init(_ parameters: CovarianceParameters) { lengthScale = parameters[CovarianceFamily.lengthScaleName] }

  /// The length scale.
  public var parameters: CovarianceParameters {
    CovarianceParameters([CovarianceFamily.lengthScaleName: lengthScale])
  }

  /// The same covariance as a ``Matern``.
  var matern: Matern { Matern(lengthScale: lengthScale, smoothness: 0.5) }

  /// C at a distance in pixels.
  public func value(atDistance distance: Double, dimensions: Int) -> Double { exp(-distance / lengthScale) }

  /// S at an angular wave number in radians per pixel.
  public func spectralDensity(at k: Double, dimensions: Int) -> Double? {
    matern.spectralDensity(at: k, dimensions: dimensions)
  }
}
