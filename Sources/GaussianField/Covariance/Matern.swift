#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The Matérn covariance C(r) = 2^(1-nu) / Gamma(nu) s^nu K_nu(s), s = sqrt(2 nu) r / l, of unit variance.
///
/// Its field is ceil(nu) - 1 times mean-square differentiable. nu = 1/2 is ``Exponential``; as nu grows it tends to
/// ``SquaredExponential`` with the same l.
public struct Matern: Covariance {
  /// The family's row in the table.
  public static let family = CovarianceFamily(
    name: "matern",
    formula: "2^(1-nu) / Gamma(nu) s^nu K_nu(s), s = sqrt(2 nu) r / l",
    spectralDensity: "Gamma(nu + d/2) / Gamma(nu) (4 pi / a)^(d/2) (1 + k^2 / a)^-(nu + d/2), a = 2 nu / l^2",
    lengthScale: "the length scale of the squared exponential that it tends to for large nu",
    parameters: [
      .init(
        name: "nu", meaning: "the smoothness: 0.5 gives exponential, large values squared_exponential",
        range: ParameterRange(over: 0, through: 50))
    ],
    workedExample: .init(["length_scale": 10, "nu": 1.5], distance: 10, value: 0.4834),
    reference: "Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eq. 4.14",
    of: Matern.self)

  /// l, in pixels.
  public let lengthScale: Double
  /// nu.
  public let smoothness: Double
  /// ln(2^(1-nu) / Gamma(nu)).
  private let logFactor: Double

  /// - Parameter parameters: the length scale and nu.
  public init(_ parameters: CovarianceParameters) {
    self.init(lengthScale: parameters[CovarianceFamily.lengthScaleName], smoothness: parameters["nu"])
  }

  init(lengthScale: Double, smoothness: Double) {
    self.lengthScale = lengthScale
    self.smoothness = smoothness
    logFactor = (1 - smoothness) * log(2) - logGamma(smoothness)
  }

  /// The length scale and nu.
  public var parameters: CovarianceParameters {
    CovarianceParameters([CovarianceFamily.lengthScaleName: lengthScale, "nu": smoothness])
  }

  /// C at a distance in pixels.
  public func value(atDistance distance: Double, dimensions: Int) -> Double {
    let s = (2 * smoothness).squareRoot() * distance / lengthScale
    guard s > 0 else { return 1 }
    switch smoothness {
    case 0.5: return exp(-s)
    case 1.5: return (1 + s) * exp(-s)
    case 2.5: return (1 + s + s * s / 3) * exp(-s)
    default: return min(1, exp(logFactor + smoothness * log(s) + BesselK.logValue(order: smoothness, s)))
    }
  }

  /// S at an angular wave number in radians per pixel.
  ///
  /// - Source: Rasmussen and Williams, eq. 4.15, converted to angular wave numbers.
  public func spectralDensity(at k: Double, dimensions: Int) -> Double? {
    let half = Double(dimensions) / 2
    let squared = 2 * smoothness / (lengthScale * lengthScale)
    return exp(
      logGamma(smoothness + half) - logGamma(smoothness) + half * log(4 * .pi / squared)
        - (smoothness + half) * log1p(k * k / squared))
  }
}
