import Foundation

/// The regularized incomplete gamma functions P(a, x) and Q(a, x) = 1 - P, each with a small relative error, even in
/// the far tails.
///
/// - Source: NIST Digital Library of Mathematical Functions, 8.11(ii), 8.9.2 and 8.12; the coefficients of 8.12.8 are
///   those of Temme, "The asymptotic expansion of the incomplete gamma functions" (1979).
enum IncompleteGamma {
  /// From this shape on, the uniform expansion in 1 / a is accurate to 1e-9, at a cost independent of a.
  private static let uniformShape = 1e4

  /// - Parameters:
  ///   - a: the shape, positive.
  ///   - x: non-negative.
  /// - Returns: P(a, x) and Q(a, x).
  static func tails(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
    if !(x > 0) { return (0, 1) }
    if x == .infinity { return (1, 0) }
    if a >= uniformShape { return uniform(a, x) }
    if x < a + 1 {
      let lower = min(1, series(a, x))
      return (lower, 1 - lower)
    }
    let upper = min(1, fraction(a, x))
    return (1 - upper, upper)
  }

  /// x^a exp(-x) / Gamma(a + 1).
  private static func prefactor(_ a: Double, _ x: Double) -> Double { exp(a * log(x) - x - lgamma(a + 1)) }

  /// P(a, x) by its power series.
  private static func series(_ a: Double, _ x: Double) -> Double {
    var (term, sum, n) = (1.0, 1.0, a)
    repeat {
      n += 1
      term *= x / n
      sum += term
    } while term > 1e-17 * sum
    return prefactor(a, x) * sum
  }

  /// Q(a, x) by its continued fraction, evaluated by Lentz's method.
  private static func fraction(_ a: Double, _ x: Double) -> Double {
    var b = x + 1 - a
    var c = 1e300
    var d = 1 / b
    var value = d
    for i in 1...100_000 {
      let numerator = -Double(i) * (Double(i) - a)
      b += 2
      d = 1 / (numerator * d + b)
      c = b + numerator / c
      value *= d * c
      if (d * c - 1).magnitude < 1e-16 { break }
    }
    return prefactor(a, x) * a * value
  }

  /// Both by Temme's uniform expansion: 1/2 erfc(± eta sqrt(a / 2)) ± exp(-a eta² / 2) / sqrt(2 pi a) sum of c_k(eta) /
  /// a^k.
  private static func uniform(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
    // eta² / 2 = mu - ln(1 + mu), where x = a (1 + mu).
    let mu = (x - a) / a
    let half = logDifference(mu)
    let eta = (mu < 0 ? -1 : 1) * (2 * half).squareRoot()
    let (c0, c1) =
      eta.magnitude < 0.5
      ? (polynomial(firstCoefficients, eta), polynomial(secondCoefficients, eta))
      : (
        1 / mu - 1 / eta,
        1 / (eta * eta * eta) - 1 / (mu * mu * mu) - 1 / (mu * mu) - 1 / (12 * mu)
      )
    let rest = exp(-a * half) / (2 * Double.pi * a).squareRoot() * (c0 + c1 / a)
    let root = eta * (a / 2).squareRoot()
    return (max(0, 0.5 * erfc(-root) - rest), max(0, 0.5 * erfc(root) + rest))
  }

  private static let firstCoefficients = [
    -0.33333333333333333, 0.083333333333333333, -0.014814814814814815, 0.0011574074074074074, 0.0003527336860670194,
    -0.00017875514403292181, 0.39192631785224378e-4, -0.21854485106799922e-5, -0.185406221071516e-5,
    0.8296711340953086e-6, -0.17665952736826079e-6, 0.67078535434014986e-8, 0.10261809784240308e-7,
  ]
  private static let secondCoefficients = [
    -0.0018518518518518519, -0.0034722222222222222, 0.0026455026455026455, -0.00099022633744855967,
    0.00020576131687242798, -0.40187757201646091e-6, -0.18098550334489978e-4, 0.76491609160811101e-5,
  ]

  private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * x + $1 }
  }

  /// mu - ln(1 + mu), without cancellation where mu is small.
  private static func logDifference(_ mu: Double) -> Double {
    guard mu.magnitude < 0.1 else { return mu - log1p(mu) }
    var (power, sum) = (mu * mu, 0.0)
    for k in 2...24 {
      sum += (k % 2 == 0 ? 1 : -1) * power / Double(k)
      power *= mu
    }
    return sum
  }
}
