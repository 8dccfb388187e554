/// The area under the ROC curve: the probability that a positive sample has a higher score than a negative one, where a
/// tie counts as one half. The same as scikit-learn's `roc_auc_score`.
///
/// - Parameters:
///   - scores: shape (B); a higher score means more likely positive.
///   - positives: shape (B); whether each sample is positive.
/// - Returns: the area, from 0 to 1; nil if all samples belong to one class, or if a score is NaN.
/// - Precondition: both arrays have the same length.
/// - Complexity: O(n log n).
public func areaUnderROC(scores: [Float], positives: [Bool]) -> Double? {
  rankStatistic(scores, positives)
}

/// The Mann-Whitney U statistic divided by the number of pairs of a positive and a negative sample.
func rankStatistic<Score: BinaryFloatingPoint>(_ scores: [Score], _ positives: [Bool]) -> Double? {
  precondition(scores.count == positives.count, "expected a score for each sample")
  guard !scores.contains(where: \.isNaN) else { return nil }
  let order = scores.indices.sorted { scores[$0] < scores[$1] }
  var (positiveCount, negativeCount) = (0, 0)
  // Twice the number of correctly ordered pairs, so that a tie counts as 1 and the sum stays an integer.
  var twiceOrdered = 0
  var start = 0
  while start < order.count {
    var end = start
    var (tiedPositives, tiedNegatives) = (0, 0)
    while end < order.count, scores[order[end]] == scores[order[start]] {
      if positives[order[end]] { tiedPositives += 1 } else { tiedNegatives += 1 }
      end += 1
    }
    twiceOrdered += tiedPositives * (2 * negativeCount + tiedNegatives)
    positiveCount += tiedPositives
    negativeCount += tiedNegatives
    start = end
  }
  guard positiveCount > 0, negativeCount > 0 else { return nil }
  return Double(twiceOrdered) / (2 * Double(positiveCount) * Double(negativeCount))
}
