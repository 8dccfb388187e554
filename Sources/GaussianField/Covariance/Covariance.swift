/// A stationary and isotropic covariance, of variance 1 but where a family says otherwise.
///
/// A family of covariances is a type of its own, in a file of its own, and one line in ``CovarianceFamily/all``.
/// Anisotropy is not its concern: see ``Anisotropy``.
public protocol Covariance: Sendable {
  /// The family: its name, its formula and its parameters.
  static var family: CovarianceFamily { get }

  /// What is wrong with parameters that are each in its range; nil where nothing is.
  static func problem(in parameters: [String: ParameterValue]) -> String?

  /// - Parameter parameters: a value for each of the family's parameters, in its range.
  init(_ parameters: CovarianceParameters)

  /// The values of the family's parameters.
  var parameters: CovarianceParameters { get }

  /// C at a distance in pixels. Families that are defined by their spectrum depend on the number of dimensions.
  func value(atDistance distance: Double, dimensions: Int) -> Double

  /// S at an angular wave number k in radians per pixel, where C(0) = integral of S d^dk / (2 pi)^d; nil where there is no
  /// closed form.
  func spectralDensity(at k: Double, dimensions: Int) -> Double?

  /// The distance in pixels beyond which the sum of C over a grid is under 1e-16 of that over the whole grid; infinite
  /// where that sum diverges.
  func reach(dimensions: Int) -> Double

  /// The exponent p where C falls as r^-p; nil where it falls faster than every power.
  func tailExponent(dimensions: Int) -> Double?

  /// C as a function of the distance, for very many calls.
  ///
  /// - Parameter end: the maximum distance.
  func function(toDistance end: Double, dimensions: Int) -> @Sendable (Double) -> Double

  /// The spectrum on a periodic grid, of a family that has a way of its own for it; nil where it is that of the periodised
  /// covariance.
  func ownSpectrum(on grid: Grid, _ anisotropy: Anisotropy) throws(FieldError) -> Spectrum?
}

extension Covariance {
  /// The name of the family, as recipes have it.
  public var name: String { Self.family.name }

  /// Nothing is wrong.
  public static func problem(in parameters: [String: ParameterValue]) -> String? { nil }

  /// There is no closed form.
  public func spectralDensity(at k: Double, dimensions: Int) -> Double? { nil }

  /// Faster than every power.
  public func tailExponent(dimensions: Int) -> Double? { nil }

  /// ``value(atDistance:dimensions:)``.
  public func function(toDistance end: Double, dimensions: Int) -> @Sendable (Double) -> Double {
    { value(atDistance: $0, dimensions: dimensions) }
  }

  /// There is no way of its own.
  public func ownSpectrum(on grid: Grid, _ anisotropy: Anisotropy) throws(FieldError) -> Spectrum? { nil }

  /// The distance at which C has fallen to 1e-18, found by bisection.
  ///
  /// - Precondition: C does not increase, and falls faster than every power.
  public func reach(dimensions: Int) -> Double {
    var far = 1.0
    while value(atDistance: far, dimensions: dimensions) > 1e-18 { far *= 2 }
    var near = far / 2
    while far - near > 0.01 * far {
      let middle = (near + far) / 2
      if value(atDistance: middle, dimensions: dimensions) > 1e-18 { near = middle } else { far = middle }
    }
    return far
  }
}
