#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The modified Bessel function of the second kind, of real order.
enum BesselK {
  /// ln K_nu(x), with an absolute error of at most 1e-13 max(1, |ln K_nu(x)|).
  ///
  /// K_nu(x) = integral over t > 0 of exp(-x cosh t) cosh(nu t), by the trapezoidal rule: the integrand is even,
  /// analytic in the strip |Im t| < pi/2 and decays doubly exponentially, so the error decays as exp(-pi² / step). The
  /// step is proportional to the width of the integrand's peak, (x² + nu²)^(-1/4). Logarithms prevent overflow.
  ///
  /// - Parameters:
  ///   - order: nu, at least 0.
  ///   - x: positive.
  /// - Complexity: 30 to 200 exponentials.
  static func logValue(order: Double, _ x: Double) -> Double {
    // ln(exp(-x cosh t) cosh(nu t)) + x, written without the cancellation at large x.
    func logIntegrand(_ t: Double) -> Double {
      let halfSine = sinh(t / 2)
      return -2 * x * halfSine * halfSine + order * t + log1p(exp(-2 * order * t)) - 0.6931471805599453
    }
    let peak = asinh(order / x)
    let step = min(0.2, 0.6 / (x * x + order * order).squareRoot().squareRoot())
    let start = (peak / step).rounded(.down)
    let maximum = logIntegrand(start * step)
    var sum = 0.0
    func add(_ index: Double) -> Bool {
      let term = exp(logIntegrand(index * step) - maximum)
      sum += index == 0 ? term / 2 : term
      return term > 1e-18 * sum
    }
    var index = start
    while add(index) { index += 1 }
    index = start - 1
    while index >= 0, add(index) { index -= 1 }
    return log(step * sum) + maximum - x
  }
}

/// ln Gamma(x), x > 0.
func logGamma(_ x: Double) -> Double { lgamma(x).0 }
