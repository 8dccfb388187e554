import Foundation

/// Student's t distribution.
struct StudentT {
  /// Degrees of freedom, above 0.
  let degreesOfFreedom: Double

  /// The probability of a value above t.
  ///
  /// For t >= 0 it is I(x; ν / 2, 1 / 2) / 2, where x = ν / (ν + t²), ν is the number of degrees of freedom, and I is
  /// the regularized incomplete beta function.
  func upperTail(_ t: Double) -> Double {
    let tail = 0.5 * Self.incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5)
    return t >= 0 ? tail : 1 - tail
  }

  /// The value that is exceeded with a probability below one half.
  func quantile(above probability: Double) -> Double {
    precondition(probability > 0 && probability < 0.5, "the probability must be above 0 and below 0.5")
    var (low, high) = (0.0, 1.0)
    while upperTail(high) > probability { high *= 2 }
    for _ in 0..<200 where high - low > 1e-13 * high {
      let middle = (low + high) / 2
      if upperTail(middle) > probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The regularized incomplete beta function I(x; a, b), from its continued fraction.
  ///
  /// - Source: Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.5.8, evaluated with Lentz's
  ///   method (1976).
  private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // The fraction converges fast up to about the mean; beyond it, use the symmetry of I.
    guard x <= (a + 1) / (a + b + 2) else { return 1 - incompleteBeta(1 - x, b, a) }
    let factor = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    let tiny = 1e-300
    var (c, d) = (1.0, 1 / max(tiny, 1 - (a + b) * x / (a + 1)))
    var value = d
    for step in 1...10_000 {
      let m = Double(step)
      for numerator in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        d = 1 + numerator * d
        d = 1 / (abs(d) < tiny ? tiny : d)
        c = 1 + numerator / c
        if abs(c) < tiny { c = tiny }
        value *= c * d
      }
      if abs(c * d - 1) < 1e-15 { break }
    }
    return factor * value
  }
}

/// A mean over seeds with its 95% confidence interval.
struct SeedMean: Equatable {
  /// The number of seeds.
  let count: Int
  let mean: Double
  /// Half the width of the interval, from Student's t distribution; nil for one seed.
  let halfWidth: Double?

  /// - Parameter values: one value for each seed; at least one.
  init(_ values: [Double]) {
    precondition(!values.isEmpty, "at least one value")
    count = values.count
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    guard count > 1 else {
      halfWidth = nil
      return
    }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let standardDeviation = (squares / Double(count - 1)).squareRoot()
    let quantile = StudentT(degreesOfFreedom: Double(count - 1)).quantile(above: 0.025)
    halfWidth = quantile * standardDeviation / Double(count).squareRoot()
  }

  /// The lower end of the interval; nil for one seed.
  var low: Double? { halfWidth.map { mean - $0 } }
  /// The upper end of the interval; nil for one seed.
  var high: Double? { halfWidth.map { mean + $0 } }
}
