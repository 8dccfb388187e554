#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The gamma-exponential or powered-exponential covariance C(r) = exp(-(r / l)^gamma), of unit variance.
///
/// gamma = 1 is ``Exponential``; gamma = 2 is ``SquaredExponential`` with the length scale l / sqrt(2).
public struct GammaExponential: Covariance {
  /// The family's row in the table.
  public static let family = CovarianceFamily(
    name: "gamma_exponential",
    formula: "exp(-(r / l)^gamma)",
    lengthScale: "the distance at which the correlation is exp(-1) = 0.37",
    parameters: [
      .init(
        name: "gamma", meaning: "the exponent: 1 gives exponential, 2 squared_exponential with l / sqrt(2)",
        range: ParameterRange(over: 0, through: 2))
    ],
    workedExample: .init(["gamma": 1.5, "length_scale": 10], distance: 20, value: 0.0591),
    reference: "Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eq. 4.18",
    of: GammaExponential.self)

  /// l, in pixels.
  public let lengthScale: Double
  /// gamma.
  public let exponent: Double

  /// - Parameter parameters: the length scale and gamma.
  public init(_ parameters: CovarianceParameters) {
    lengthScale = parameters[CovarianceFamily.lengthScaleName]
    exponent = parameters["gamma"]
  }

  /// The length scale and gamma.
  public var parameters: CovarianceParameters {
    CovarianceParameters([CovarianceFamily.lengthScaleName: lengthScale, "gamma": exponent])
  }

  /// C at a distance in pixels.
  public func value(atDistance distance: Double, dimensions: Int) -> Double {
    exp(-pow(distance / lengthScale, exponent))
  }

  /// The distance at which (r / l)^gamma is 42. For small gamma the sum beyond it is still large, so the distance grows
  /// until the integral of C beyond, Gamma(d / gamma, t), is small compared to Gamma(d / gamma).
  public func reach(dimensions: Int) -> Double {
    let shape = Double(dimensions) / exponent
    // ln Gamma(a, t) < (a - 1) ln t - t + ln(t / (t - a + 1)) for t > a - 1.
    var t = max(42, shape + 1)
    while (shape - 1) * log(t) - t + log(t / (t - shape + 1)) > logGamma(shape) - 37 { t += 1 + 0.01 * t }
    return lengthScale * pow(t, 1 / exponent)
  }
}
