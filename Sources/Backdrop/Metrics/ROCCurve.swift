/// The ROC curve of scores: the true positive rate as a function of the false positive rate.
public struct ROCCurve: Equatable, Sendable {
  /// The point of a threshold on the curve.
  public struct Point: Equatable, Sendable {
    /// The fraction of negative samples with at least this score.
    public let falsePositiveRate: Double
    /// The fraction of positive samples with at least this score.
    public let truePositiveRate: Double
  }

  /// From (0, 0) to (1, 1), one point for each score that occurs.
  public let points: [Point]

  /// - Parameters:
  ///   - scores: shape (B); a higher score means more likely positive.
  ///   - positives: shape (B); whether each sample is positive.
  /// - Returns: nil if all samples belong to one class, or if a score is NaN.
  /// - Precondition: both arrays have the same length.
  /// - Complexity: O(n log n).
  public init?(scores: [Double], positives: [Bool]) {
    precondition(scores.count == positives.count, "expected a score for each sample")
    let positiveCount = positives.count { $0 }
    let negativeCount = positives.count - positiveCount
    guard positiveCount > 0, negativeCount > 0, !scores.contains(where: \.isNaN) else { return nil }
    var points = [Point(falsePositiveRate: 0, truePositiveRate: 0)]
    var (trues, falses) = (0, 0)
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    for (place, sample) in order.enumerated() {
      if positives[sample] { trues += 1 } else { falses += 1 }
      // Tied scores give one point.
      guard place + 1 == order.count || scores[order[place + 1]] != scores[sample] else { continue }
      points.append(
        Point(
          falsePositiveRate: Double(falses) / Double(negativeCount),
          truePositiveRate: Double(trues) / Double(positiveCount)))
    }
    self.points = points
  }

  /// The area under the curve, by the trapezoidal rule.
  public var area: Double {
    zip(points, points.dropFirst()).reduce(0) { sum, pair in
      let width = pair.1.falsePositiveRate - pair.0.falsePositiveRate
      return sum + width * (pair.0.truePositiveRate + pair.1.truePositiveRate) / 2
    }
  }

  /// The true positive rate at a false positive rate, interpolated linearly; the maximum if the curve rises vertically
  /// there.
  public func truePositiveRate(at rate: Double) -> Double {
    guard let after = points.firstIndex(where: { $0.falsePositiveRate > rate }) else { return 1 }
    let (a, b) = (points[after - 1], points[after])
    let place = (rate - a.falsePositiveRate) / (b.falsePositiveRate - a.falsePositiveRate)
    return a.truePositiveRate + place * (b.truePositiveRate - a.truePositiveRate)
  }

  /// The curves of a network's scores: with a binary loss, that of the logit; otherwise one for each class against all
  /// others, by the log odds of its softmax probability. Nil if a class has no samples or all of them; empty for a
  /// regression.
  public static func curves(of scores: Scores) -> [ROCCurve?] {
    guard !scores.isRegression, scores.outputCount > 0 else { return [] }
    if scores.outputCount == 1 {
      return [ROCCurve(scores: scores.outputs.map(Double.init), positives: scores.targets.map { $0 == 1 })]
    }
    return (0..<scores.outputCount).map { index in
      ROCCurve(
        scores: ClassificationReport.logOdds(of: index, scores.outputs, classCount: scores.outputCount),
        positives: scores.targets.map { $0 == index })
    }
  }
}
