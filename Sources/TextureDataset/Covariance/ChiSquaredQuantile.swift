#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Quantiles of the chi-squared distribution.
enum ChiSquaredQuantile {
  /// Above this many degrees of freedom, Wilson and Hilferty's approximation is used as it is: it is then within 1e-6 of the
  /// quantiles used here.
  private static let exactDegrees = 1000.0

  /// The value that the distribution is under with a probability.
  ///
  /// - Parameters:
  ///   - probability: over 0 and under 1; `deviate` is the quantile of the standard normal distribution for it.
  ///   - degrees: the degrees of freedom, positive.
  /// - Source: Wilson and Hilferty, "The distribution of chi-square" (1931), refined by bisection.
  static func value(_ probability: Double, deviate: Double, degrees: Double) -> Double {
    let part = 2 / (9 * degrees)
    let root = 1 - part + deviate * part.squareRoot()
    let start = degrees * max(0, root * root * root)
    guard degrees <= exactDegrees else { return start }
    var (low, high) = (0.0, max(1, 2 * start))
    while lowerGamma(degrees / 2, high / 2) < probability { high *= 2 }
    for _ in 0..<100 where high - low > 1e-12 * high {
      let middle = (low + high) / 2
      if lowerGamma(degrees / 2, middle / 2) < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The regularized lower incomplete gamma function P(a, x).
  ///
  /// - Source: Abramowitz and Stegun, 6.5.29 and 6.5.31: the series where x is small, the continued fraction elsewhere.
  static func lowerGamma(_ a: Double, _ x: Double) -> Double {
    guard x > 0 else { return 0 }
    let factor = exp(a * log(x) - x - lgamma(a))
    if x < a + 1 {
      var (term, sum) = (1 / a, 1 / a)
      var n = a
      while term > 1e-16 * sum {
        n += 1
        term *= x / n
        sum += term
      }
      return min(1, factor * sum)
    }
    // Lentz's method.
    var b = x + 1 - a
    var (c, d) = (1e300, 1 / b)
    var fraction = d
    for i in 1...10_000 {
      let n = -Double(i) * (Double(i) - a)
      b += 2
      d = 1 / (n * d + b)
      c = b + n / c
      fraction *= c * d
      if abs(c * d - 1) < 1e-15 { break }
    }
    return max(0, 1 - factor * fraction)
  }
}
