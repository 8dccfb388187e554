/// A stationary covariance of variance 1.
///
/// A family of covariances is a type of its own, in a file of its own, and one line in ``CovarianceFamily/all``.
public protocol Covariance: Sendable {
  /// The family: its name, its formula and its parameters.
  static var family: CovarianceFamily { get }

  /// - Parameter parameters: a value for each of the family's parameters, in its range.
  init(_ parameters: CovarianceParameters)

  /// The values of the family's parameters.
  var parameters: CovarianceParameters { get }

  /// C at a lag in pixels, along each of the texture's axes.
  func value(atLag lag: [Double]) -> Double

  /// How the variance of the field on a grid is spread over its modes.
  func spectrum(on grid: Grid) -> Spectrum

  /// The variance of the field on a grid, which a periodic boundary puts above 1 where the length scale is large.
  func variance(on grid: Grid) -> Double
}

extension Covariance {
  /// The name of the family, as recipes have it.
  public var name: String { Self.family.name }

  /// l, in pixels: ``CovarianceFamily/lengthScale`` says what it means.
  public var lengthScale: Double { parameters[CovarianceFamily.lengthScaleName] }

  /// The sum of the spectrum.
  public func variance(on grid: Grid) -> Double { spectrum(on: grid).covariance(atLag: [0, 0], on: grid) }
}
