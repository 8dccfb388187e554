extension ThreeCumulants {
  /// The standard normal distribution is below this with a probability of 97.5%.
  private static let deviate = 1.959963984540054

  /// The range from the 2.5% to the 97.5% quantile of the shifted chi-squared distribution with these cumulants; of a normal one
  /// without a third.
  ///
  /// Of a sum of squares with equal variances this is exact.
  ///
  /// - Source: Imhof, "Computing the distribution of quadratic forms in normal variables" (1961), section 5: Pearson's
  ///   three-moment approximation.
  var band: (low: Double, high: Double) {
    guard variance > 0 else { return (mean, mean) }
    let deviation = variance.squareRoot()
    let skewness = third / (variance * deviation)
    let degrees = 8 / (skewness * skewness)
    guard degrees < 1e7 else { return (mean - Self.deviate * deviation, mean + Self.deviate * deviation) }
    let distribution = ChiSquared(degreesOfFreedom: degrees)
    func standardized(_ probability: Double) -> Double {
      (distribution.quantile(probability) - degrees) / (2 * degrees).squareRoot()
    }
    let (low, high) = (standardized(0.025), standardized(0.975))
    return skewness > 0
      ? (mean + deviation * low, mean + deviation * high) : (mean - deviation * high, mean - deviation * low)
  }
}
