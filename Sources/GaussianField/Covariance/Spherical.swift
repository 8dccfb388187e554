/// The spherical covariance C(r) = 1 - 3r / (2l) + r³ / (2l³) for r < l, else 0, of unit variance: the overlap of two
/// balls of diameter l. Positive definite in up to three dimensions.
public struct Spherical: Covariance {
  /// The family's row in the table.
  public static let family = CovarianceFamily(
    name: "spherical",
    formula: "1 - 3r / (2l) + r^3 / (2l^3) for r < l, else 0",
    lengthScale: "the distance beyond which the correlation is 0",
    workedExample: .init(["length_scale": 10], distance: 5, value: 0.3125),
    reference: "Chilès and Delfiner, Geostatistics: Modeling Spatial Uncertainty (2012), section 2.5.1",
    of: Spherical.self)

  /// l, in pixels.
  public let lengthScale: Double

  /// - Parameter parameters: the length scale.
  public init(_ parameters: CovarianceParameters) { lengthScale = parameters[CovarianceFamily.lengthScaleName] }

  /// The length scale.
  public var parameters: CovarianceParameters {
    CovarianceParameters([CovarianceFamily.lengthScaleName: lengthScale])
  }

  /// C at a distance in pixels: (1 - t)² (1 + t / 2), t = r / l, which avoids cancellation near l.
  public func value(atDistance distance: Double, dimensions: Int) -> Double {
    let t = distance / lengthScale
    return t < 1 ? (1 - t) * (1 - t) * (1 + t / 2) : 0
  }

  /// l.
  public func reach(dimensions: Int) -> Double { lengthScale }
}
