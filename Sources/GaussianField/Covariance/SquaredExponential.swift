#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The squared-exponential covariance C(r) = exp(-r² / (2 l²)), of unit variance.
public struct SquaredExponential: Equatable, Sendable {
  /// l, in pixels.
  public let lengthScale: Double

  /// - Parameter lengthScale: l in pixels, at least half a pixel: what is shorter, a grid of pixels cannot show.
  /// - Throws: ``FieldError`` with code `.unresolvedLengthScale`.
  public init(lengthScale: Double) throws(FieldError) {
    guard lengthScale.isFinite, lengthScale >= 0.5 else {
      throw FieldError(
        .unresolvedLengthScale,
        "length scale \(lengthScale) px: expected at least 0.5 px, below which neighbouring pixels are independent")
    }
    self.lengthScale = lengthScale
  }

  /// C at a distance in pixels.
  public func value(atDistance distance: Double) -> Double {
    exp(-distance * distance / (2 * lengthScale * lengthScale))
  }

  /// The covariance along one axis of a torus: the sum of C over all images of a point.
  public func torusValue(atDistance distance: Double, side: Int) -> Double {
    let period = Double(side)
    let images = Int((9 * lengthScale / period).rounded(.up)) + 1
    return (-images...images).reduce(0) { $0 + value(atDistance: distance + Double($1) * period) }
  }

  /// The variance of the field on the `side` x `side` torus: slightly above 1 where l is large against the side.
  public func torusVariance(side: Int) -> Double {
    let axis = torusValue(atDistance: 0, side: side)
    return axis * axis
  }

  /// How the variance along one axis of a torus is spread over wave numbers: eigenvalues over the side.
  ///
  /// The covariance is a product over the axes, and so is its spectrum: mode (ky, kx) of the texture has variance
  /// p[|ky|] p[|kx|].
  ///
  /// - Returns: shape (side / 2 + 1), by |k|; positive or, where exp underflows, zero; not increasing. Summed over
  ///   signed k it gives the periodised covariance at distance 0.
  /// - Complexity: O(side).
  /// - Source: Poisson's summation of the periodised covariance; Dietrich and Newsam (1997) for its use.
  public func axisSpectrum(side: Int) -> [Double] {
    let n = Double(side)
    let width = 2 * Double.pi * lengthScale
    return (0...side / 2).map { k in
      var sum = 0.0
      for alias in [-4, 4, -3, 3, -2, 2, 1, -1, 0] {
        let frequency = Double(k) / n + Double(alias)
        sum += exp(-0.5 * (width * frequency) * (width * frequency))
      }
      return lengthScale * (2 * Double.pi).squareRoot() / n * sum
    }
  }
}
