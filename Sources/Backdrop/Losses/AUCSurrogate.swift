import Foundation

/// A smooth bound of "the positive sample is not ranked above the negative one", of the difference d of their logits.
public enum AUCSurrogate: String, CaseIterable, Sendable {
  /// log(1 + exp(-d)).
  case logistic
  /// max(0, 1 - d)².
  case squaredHinge = "squared-hinge"

  /// The surrogate and its derivative at a difference; not a number where that is not.
  func value(_ difference: Double) -> (value: Double, slope: Double) {
    switch self {
    case .logistic:
      // Of |d|, so that the exponential does not overflow.
      let small = exp(-abs(difference))
      let value = log1p(small) + (difference < 0 ? -difference : 0)
      return (value, difference < 0 ? -1 / (1 + small) : -small / (1 + small))
    case .squaredHinge:
      // Asked this way round, what is not a number goes on.
      if difference >= 1 { return (0, 0) }
      let margin = 1 - difference
      return (margin * margin, -2 * margin)
    }
  }
}

extension Loss {
  /// The mean of a surrogate over all pairs of a positive and a negative sample.
  ///
  /// - Complexity: for the logistic surrogate O(P N), P positive and N negative samples; for the squared hinge
  ///   O((P + N) log(P + N)).
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
