extension ThreeCumulants {
  /// The 97.5% quantile of the standard normal distribution.
  private static let deviate = 1.959963984540054

  /// The range from the 2.5% to the 97.5% quantile of the shifted chi-squared distribution with these cumulants; of the
  /// normal distribution if the third is 0.
  ///
  /// Exact for a sum of squares with equal variances.
  ///
  /// - Source: Imhof, "Computing the distribution of quadratic forms in normal variables" (1961), section 5: Pearson's
  ///   three-moment approximation.
  var band: (low: Double, high: Double) {
    guard variance > 0 else { return (mean, mean) }
    let standardDeviation = variance.squareRoot()
    let skewness = third / (variance * standardDeviation)
    let degrees = 8 / (skewness * skewness)
    guard degrees < 1e7 else {
      return (mean - Self.deviate * standardDeviation, mean + Self.deviate * standardDeviation)
    }
    let distribution = ChiSquared(degreesOfFreedom: degrees)
    func standardized(_ probability: Double) -> Double {
      (distribution.quantile(probability) - degrees) / (2 * degrees).squareRoot()
    }
    let (low, high) = (standardized(0.025), standardized(0.975))
    return skewness > 0
      ? (mean + standardDeviation * low, mean + standardDeviation * high)
      : (mean - standardDeviation * high, mean - standardDeviation * low)
  }
}
