import Foundation

/// The correlation of two independent vectors of standard normal numbers: the cosine of the angle between them.
///
/// Its distribution is exact for any number of dimensions: r² is a beta variable of parameters 1/2 and (d - 1) / 2.
struct SphericalCorrelation {
  let dimensions: Int

  /// The probability that |r| is at least as large.
  ///
  /// - Complexity: O(1) if the probability is small, else O(sqrt(d)).
  /// - Source: NIST Digital Library of Mathematical Functions, 8.17.22: the continued fraction of the incomplete beta
  ///   function.
  func twoSided(_ r: Double) -> Double {
    let square = min(1, r * r)
    guard square > 0 else { return 1 }
    // I_x(a, b) with x = 1 - r², a = (d - 1) / 2, b = 1/2.
    let (a, b) = (Double(dimensions - 1) / 2, 0.5)
    let x = 1 - square
    guard x > 0 else { return 0 }
    let logPrefactor = a * log1p(-square) + b * log(square) + lgamma(a + b) - lgamma(a) - lgamma(b)
    if x < (a + 1) / (a + b + 2) { return min(1, exp(logPrefactor) / a * Self.fraction(x, a, b)) }
    return max(0, 1 - exp(logPrefactor) / b * Self.fraction(square, b, a))
  }

  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    var c = 1.0
    var d = 1 / (1 - (a + b) * x / (a + 1))
    var value = d
    for m in 1...100_000 {
      let m = Double(m)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / (1 + even * d)
      c = 1 + even / c
      value *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / (1 + odd * d)
      c = 1 + odd / c
      value *= d * c
      if (d * c - 1).magnitude < 1e-15 { break }
    }
    return value
  }
}
