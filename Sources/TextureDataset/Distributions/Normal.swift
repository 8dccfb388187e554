import Foundation

/// The standard normal distribution.
enum Normal {
  /// The probability of a larger value.
  static func upper(_ z: Double) -> Double { 0.5 * erfc(z / 2.0.squareRoot()) }

  /// The two-sided p-value: the probability of a value at least as far from 0.
  static func twoSided(_ z: Double) -> Double { erfc(z.magnitude / 2.0.squareRoot()) }

  /// The quantile of a probability.
  ///
  /// - Parameter p: the probability; values below 2.2e-308 give -38.5, and 1 gives 38.5.
  /// - Source: Acklam's rational approximation, refined by one step of Halley's method to full precision.
  static func quantile(_ p: Double) -> Double {
    guard p < 0.5 else { return p == 0.5 ? 0 : -quantile(1 - p) }
    guard p >= Double.leastNormalMagnitude else { return -38.5 }
    var z: Double
    if p < 0.02425 {
      let q = (-2 * log(p)).squareRoot()
      z =
        (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5])
        / ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1)
    } else {
      let q = p - 0.5
      let r = q * q
      let numerator = (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q
      z = numerator / (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1)
    }
    let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
    if density > 0 {
      let u = (upper(-z) - p) / density
      z -= u / (1 + z * u / 2)
    }
    return z
  }

  private static let a = [
    -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
    -3.066479806614716e+01, 2.506628277459239e+00,
  ]
  private static let b = [
    -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
    -1.328068155288572e+01,
  ]
  private static let c = [
    -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00,
    4.374664141464968e+00, 2.938163982698783e+00,
  ]
  private static let d = [
    7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00,
  ]
}
