import Foundation

/// Compares sums of squares of independent standard normals, one sum per component, with the chi-squared distribution.
struct ChiSquared {
  /// For each component, the sum of squares and its degrees of freedom.
  private(set) var sums: [Double]
  private(set) var degreesOfFreedom: [Double]

  init(count: Int) {
    sums = Array(repeating: 0, count: count)
    degreesOfFreedom = sums
  }

  mutating func add(_ squares: Double, degreesOfFreedom: Double, to component: Int) {
    sums[component] += squares
    self.degreesOfFreedom[component] += degreesOfFreedom
  }

  /// The standard normal deviate of a sum of squares: (X / n)^(1/3) is approximately normal with mean 1 - 2 / (9 n) and
  /// variance 2 / (9 n) (Wilson and Hilferty 1931).
  ///
  /// For n of at least 20, the tails beyond 5 or 6 on either side are at most as probable as the normal's, by SciPy:
  ///
  ///     q = lambda n, z: n * (1 - 2 / (9 * n) + z * sqrt(2 / (9 * n)))**3
  ///     chi2.sf(q(60, 6), 60) / norm.sf(6), chi2.cdf(q(60, -6), 60) / norm.sf(6)    # 0.76, 0.56
  static func deviate(_ sum: Double, degreesOfFreedom n: Double) -> Double {
    (cbrt(sum / n) - 1 + 2 / (9 * n)) / (2 / (9 * n)).squareRoot()
  }

  /// The deviate of each component.
  var deviates: [Double] { zip(sums, degreesOfFreedom).map { Self.deviate($0, degreesOfFreedom: $1) } }

  /// The deviate of the sum of all components.
  var pooled: Double { Self.deviate(sums.reduce(0, +), degreesOfFreedom: degreesOfFreedom.reduce(0, +)) }

  /// The deviate of the sum of the components' squared deviates, which is large if many components are slightly off.
  var spread: Double {
    let deviates = deviates
    return Self.deviate(deviates.reduce(0) { $0 + $1 * $1 }, degreesOfFreedom: Double(deviates.count))
  }

  /// A description of the deviates that are too large for chance; nil if there are none.
  ///
  /// A component may deviate by 6, which chance exceeds once in 500 million times, and each of the two sums by 5, once
  /// in 1.7 million. The probability of a false alarm is 1.2e-6, plus 2e-9 for each component.
  var alarm: String? {
    let deviates = deviates
    guard let worst = deviates.indices.max(by: { deviates[$0].magnitude < deviates[$1].magnitude }) else {
      return "no components"
    }
    if deviates[worst].magnitude < 6, pooled.magnitude < 5, spread.magnitude < 5 { return nil }
    return "component \(worst) at \(deviates[worst]), all together at \(pooled), their spread at \(spread)"
  }
}
