import Foundation

/// Sums of squares of independent standard normals, as many sums as components, against the chi-squared distribution.
struct ChiSquared {
  /// Of each component: the sum of squares, and how many.
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

  /// A standard normal as far out as a sum of squares: (X / n)^(1/3) is near normal with mean 1 - 2 / (9 n) and
  /// variance 2 / (9 n) (Wilson and Hilferty 1931).
  ///
  /// From n = 20 on, what is beyond 5 or 6 on either side has no more than the normal's probability, by SciPy:
  ///
  ///     q = lambda n, z: n * (1 - 2 / (9 * n) + z * sqrt(2 / (9 * n)))**3
  ///     chi2.sf(q(60, 6), 60) / norm.sf(6), chi2.cdf(q(60, -6), 60) / norm.sf(6)    # 0.76, 0.56
  static func deviate(_ sum: Double, degreesOfFreedom n: Double) -> Double {
    (cbrt(sum / n) - 1 + 2 / (9 * n)) / (2 / (9 * n)).squareRoot()
  }

  /// How far out each component is.
  var deviates: [Double] { zip(sums, degreesOfFreedom).map { Self.deviate($0, degreesOfFreedom: $1) } }

  /// How far out the sum of all is.
  var pooled: Double { Self.deviate(sums.reduce(0, +), degreesOfFreedom: degreesOfFreedom.reduce(0, +)) }

  /// How far out the sum of the components' squared deviates is: large where many are a little off.
  var spread: Double {
    let deviates = deviates
    return Self.deviate(deviates.reduce(0) { $0 + $1 * $1 }, degreesOfFreedom: Double(deviates.count))
  }

  /// What is too far out to be chance; nil where nothing is.
  ///
  /// One component is allowed 6 on either side, which chance exceeds once in 500 million times, and each of the two
  /// sums 5, once in 1.7 million: a false alarm has a probability of 1.2e-6, and 2e-9 more for each component.
  var alarm: String? {
    let deviates = deviates
    guard let worst = deviates.indices.max(by: { deviates[$0].magnitude < deviates[$1].magnitude }) else {
      return "no components"
    }
    if deviates[worst].magnitude < 6, pooled.magnitude < 5, spread.magnitude < 5 { return nil }
    return "component \(worst) at \(deviates[worst]), all together at \(pooled), their spread at \(spread)"
  }
}
