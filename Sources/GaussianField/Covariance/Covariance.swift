/// A stationary, isotropic covariance of variance 1, unless its family says otherwise.
///
/// Each family of covariances is one type in one file, and one line in ``CovarianceFamily/all``. ``Anisotropy`` is
/// handled separately.
public protocol Covariance: Sendable {
  /// The family: its name, its formula and its parameters.
  static var family: CovarianceFamily { get }

  /// What is wrong with a combination of parameters, each of which is in its range; nil if they are valid.
  static func problem(in parameters: [String: ParameterValue]) -> String?

  /// - Parameter parameters: a value in its range for each of the family's parameters.
  init(_ parameters: CovarianceParameters)

  /// The values of the family's parameters.
  var parameters: CovarianceParameters { get }

  /// C at a distance in pixels. It depends on the number of dimensions only for families defined by their spectrum.
  func value(atDistance distance: Double, dimensions: Int) -> Double

  /// S at an angular wave number k in radians per pixel, where C(0) = integral of S d^dk / (2 pi)^d; nil if there is no
  /// closed form.
  func spectralDensity(at k: Double, dimensions: Int) -> Double?

  /// The distance in pixels beyond which the sum of C over a grid is less than 1e-16 of the whole sum; infinite if the
  /// sum diverges.
  func reach(dimensions: Int) -> Double

  /// The exponent p if C decays as r^-p; nil if it decays faster than every power.
  func tailExponent(dimensions: Int) -> Double?

  /// C as a function of the distance, optimised for many calls.
  ///
  /// - Parameters:
  ///   - end: the maximum distance, in pixels.
  ///   - dimensions: the number of axes.
  func function(toDistance end: Double, dimensions: Int) -> @Sendable (Double) -> Double

  /// The spectrum on a periodic grid, for families that compute it directly; nil if it is that of the periodised
  /// covariance.
  ///
  /// - Throws: ``FieldError`` if the covariance cannot be drawn on the grid.
  func ownSpectrum(on grid: Grid, _ anisotropy: Anisotropy) throws(FieldError) -> Spectrum?
}

extension Covariance {
  /// The name of the family in recipes.
  public var name: String { Self.family.name }

  /// nil: every combination of parameters is valid.
  public static func problem(in parameters: [String: ParameterValue]) -> String? { nil }

  /// nil: there is no closed form.
  public func spectralDensity(at k: Double, dimensions: Int) -> Double? { nil }

  /// nil: C decays faster than every power.
  public func tailExponent(dimensions: Int) -> Double? { nil }

  /// Calls ``value(atDistance:dimensions:)``.
  public func function(toDistance end: Double, dimensions: Int) -> @Sendable (Double) -> Double {
    { value(atDistance: $0, dimensions: dimensions) }
  }

  /// nil: the spectrum is that of the periodised covariance.
  public func ownSpectrum(on grid: Grid, _ anisotropy: Anisotropy) throws(FieldError) -> Spectrum? { nil }

  /// The distance at which C has fallen to 1e-18, found by bisection.
  ///
  /// - Precondition: C does not increase, and decays faster than every power.
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
