extension Loss {
  /// The mean of max(0, 1 - d)² over all pairs, without visiting each pair.
  ///
  /// If a logit is not finite, the loss and the whole gradient are NaN.
  static func squaredHinge(_ logits: [Float], _ positives: [Int], _ negatives: [Int], pairs: Double) -> Value {
    guard logits.allSatisfy(\.isFinite) else {
      return Value(loss: .nan, gradient: [Float](repeating: .nan, count: logits.count))
    }
    let above = positives.map { Double(logits[$0]) }
    let below = negatives.map { Double(logits[$0]) }
    let ofPositives = HingeSums(of: above, against: below)
    // With all signs reversed, negative samples are the ones that should rank above.
    let ofNegatives = HingeSums(of: below.map { -$0 }, against: above.map { -$0 })
    var gradient = [Float](repeating: 0, count: logits.count)
    for (place, sum) in zip(positives, ofPositives.margins) { gradient[place] = Float(-2 * sum / pairs) }
    for (place, sum) in zip(negatives, ofNegatives.margins) { gradient[place] = Float(2 * sum / pairs) }
    return Value(loss: ofPositives.squares / pairs, gradient: gradient)
  }
}

/// Sums over pairs (a, b) of the margin max(0, 1 - (a - b)).
///
/// As a decreases, all positive margins grow by the same amount, and more values of b get a positive margin. It is
/// enough to update a count, a sum and a sum of squares. Only positive terms are added, so nothing cancels, and the
/// relative error is that of summing over the pairs.
private struct HingeSums {
  /// The sum of margins of each a, in the order given.
  let margins: [Double]
  /// The sum of all squared margins.
  let squares: Double

  /// - Complexity: O(n log n).
  init(of upper: [Double], against lower: [Double]) {
    let order = upper.indices.sorted { upper[$0] > upper[$1] }
    let lower = lower.sorted(by: >)
    var margins = [Double](repeating: 0, count: upper.count)
    var (count, sum, squareSum, all) = (0, 0.0, 0.0, 0.0)
    var last = upper[order[0]]
    for place in order {
      let a = upper[place]
      let growth = last - a
      squareSum += growth * (2 * sum + Double(count) * growth)
      sum += Double(count) * growth
      last = a
      while count < lower.count, a - lower[count] < 1 {
        let margin = 1 - (a - lower[count])
        sum += margin
        squareSum += margin * margin
        count += 1
      }
      margins[place] = sum
      all += squareSum
    }
    self.margins = margins
    squares = all
  }
}
