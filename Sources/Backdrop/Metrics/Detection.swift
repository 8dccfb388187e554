/// Precision, recall and F1 of one class against the rest, from counts; 0 where a ratio has no denominator, as scikit-learn's
/// `zero_division=0`.
struct Detection {
  let truePositives: Int
  let falsePositives: Int
  let falseNegatives: Int

  /// Of the samples that were said to be of the class, those that are.
  var precision: Double { Self.ratio(truePositives, truePositives + falsePositives) }
  /// Of the samples of the class, those that were said to be.
  var recall: Double { Self.ratio(truePositives, truePositives + falseNegatives) }
  /// The harmonic mean of precision and recall.
  var f1: Double { Self.ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }

  /// - Parameter confusion: by true class, then by predicted class.
  init(of index: Int, in confusion: [[Int]]) {
    truePositives = confusion[index][index]
    falsePositives = confusion.reduce(0) { $0 + $1[index] } - truePositives
    falseNegatives = confusion[index].reduce(0, +) - truePositives
  }

  /// 0 where there is nothing to divide by.
  static func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
}
