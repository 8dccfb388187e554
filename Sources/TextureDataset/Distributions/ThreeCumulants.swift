/// Approximates the distribution of a sum of many weak terms by the gamma distribution with the same first three
/// cumulants.
///
/// For a weighted sum of chi-squared variables it is exact if the weights are equal. It tends to the normal
/// distribution as the skewness vanishes.
///
/// - Source: Imhof, "Computing the distribution of quadratic forms in normal variables" (1961), section 4: Pearson's
///   approximation.
struct ThreeCumulants {
  let mean: Double
  let variance: Double
  /// The third cumulant; 0 if unknown.
  let third: Double

  /// The probabilities of a smaller and a larger value.
  func tails(_ value: Double) -> (lower: Double, upper: Double) {
    guard variance > 0 else { return (1, 1) }
    let z = (value - mean) / variance.squareRoot()
    let skewness = third / (variance * variance.squareRoot())
    guard skewness.magnitude > 1e-5 else { return (Normal.upper(-z), Normal.upper(z)) }
    // The shape is 4 / skewness²; a negative skewness mirrors the distribution.
    let shape = 4 / (skewness * skewness)
    let x = shape + z * shape.squareRoot() * (skewness < 0 ? -1 : 1)
    let tails = IncompleteGamma.tails(shape, x)
    return skewness < 0 ? (tails.upper, tails.lower) : tails
  }

  /// The two-sided p-value: twice the probability of a value at least as extreme on its side.
  func twoSided(_ value: Double) -> Double {
    let tails = tails(value)
    return min(1, 2 * min(tails.lower, tails.upper))
  }

  /// The distance of a value from the mean in standard deviations.
  func deviations(_ value: Double) -> Double { variance > 0 ? (value - mean) / variance.squareRoot() : 0 }
}
