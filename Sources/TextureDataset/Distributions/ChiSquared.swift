/// A chi-squared distribution.
struct ChiSquared {
  let degreesOfFreedom: Double

  /// The probabilities of a smaller and a larger value.
  func tails(_ value: Double) -> (lower: Double, upper: Double) {
    IncompleteGamma.tails(degreesOfFreedom / 2, value / 2)
  }

  /// The two-sided p-value: twice the probability of a value at least as extreme on its side.
  func twoSided(_ value: Double) -> Double {
    let tails = tails(value)
    return min(1, 2 * min(tails.lower, tails.upper))
  }

  /// The quantile of a probability between 0 and 1.
  ///
  /// - Source: Wilson and Hilferty, "The distribution of chi-square" (1931), refined by bisection.
  func quantile(_ probability: Double) -> Double {
    let part = 2 / (9 * degreesOfFreedom)
    let root = 1 - part + Normal.quantile(probability) * part.squareRoot()
    var (low, high) = (0.0, max(1, 2 * degreesOfFreedom * max(0, root * root * root)))
    while tails(high).lower < probability { high *= 2 }
    for _ in 0..<100 where high - low > 1e-12 * high {
      let middle = (low + high) / 2
      if tails(middle).lower < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The standard normal value with the same tail probability.
  func normalScore(_ value: Double) -> Double {
    let tails = tails(value)
    return tails.upper < tails.lower ? -Normal.quantile(tails.upper) : Normal.quantile(tails.lower)
  }
}
