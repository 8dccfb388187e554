/// The area under the ROC curve: the probability that a positive sample has a higher score than a negative one, ties
/// counting half. What scikit-learn's `roc_auc_score` gives.
///
/// - Parameters:
///   - scores: higher for what is more likely positive.
///   - positives: for each score, whether its sample is positive.
/// - Returns: none where all samples are of one class, or a score is not a number.
/// - Precondition: as many of one as of the other.
/// - Complexity: O(n log n).
public func areaUnderROC(scores: [Float], positives: [Bool]) -> Double? {
  rankStatistic(scores, positives)
}

/// The Mann-Whitney U statistic over the number of pairs.
func rankStatistic<Score: BinaryFloatingPoint>(_ scores: [Score], _ positives: [Bool]) -> Double? {
  precondition(scores.count == positives.count, "expected a score for each sample")
  guard !scores.contains(where: \.isNaN) else { return nil }
  let order = scores.indices.sorted { scores[$0] < scores[$1] }
  var (positiveCount, negativeCount) = (0, 0)
  // Twice the pairs in the right order, so that ties count whole.
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
