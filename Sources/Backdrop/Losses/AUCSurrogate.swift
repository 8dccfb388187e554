import Foundation

/// A differentiable upper bound, up to a factor, of the indicator that a positive sample is not ranked above a negative
/// one: a function of d, the positive sample's logit minus the negative one's.
public enum AUCSurrogate: String, CaseIterable, Sendable {
  /// log(1 + exp(-d)).
  case logistic
  /// max(0, 1 - d)².
  case squaredHinge = "squared-hinge"

  /// The surrogate and its derivative with respect to d; NaN if d is NaN.
  func value(_ difference: Double) -> (value: Double, slope: Double) {
    switch self {
    case .logistic:
      // exp(-|d|) cannot overflow.
      let small = exp(-abs(difference))
      let value = log1p(small) + (difference < 0 ? -difference : 0)
      return (value, difference < 0 ? -1 / (1 + small) : -small / (1 + small))
    case .squaredHinge:
      // This comparison is false for NaN, which the lines below propagate.
      if difference >= 1 { return (0, 0) }
      let margin = 1 - difference
      return (margin * margin, -2 * margin)
    }
  }
}

extension Loss {
  /// The mean of a surrogate over all pairs of a positive and a negative sample.
  ///
  /// - Complexity: O(P N) for the logistic surrogate and O((P + N) log(P + N)) for the squared hinge, with P positive
  ///   and N negative samples.
  /// - Source: Yan et al. (2003), who maximise the Wilcoxon-Mann-Whitney statistic through such surrogates.
  static func pairwise(_ surrogate: AUCSurrogate, logits: [Float], targets: [Int]) -> Value {
    let positives = targets.indices.filter { targets[$0] == 1 }
    let negatives = targets.indices.filter { targets[$0] == 0 }
    guard !positives.isEmpty, !negatives.isEmpty else {
      return Value(loss: nil, gradient: [Float](repeating: 0, count: logits.count))
    }
    let pairs = Double(positives.count) * Double(negatives.count)
    if surrogate == .squaredHinge { return squaredHinge(logits, positives, negatives, pairs: pairs) }
    var loss = 0.0
    var gradient = [Double](repeating: 0, count: logits.count)
    for positive in positives {
      for negative in negatives {
        let (value, slope) = surrogate.value(Double(logits[positive]) - Double(logits[negative]))
        loss += value
        gradient[positive] += slope
        gradient[negative] -= slope
      }
    }
    return Value(loss: loss / pairs, gradient: gradient.map { Float($0 / pairs) })
  }
}
