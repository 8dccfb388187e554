/// Precision, recall and F1 of one class against all others, from counts. A ratio with a denominator of 0 is 0, as with
/// scikit-learn's `zero_division=0`.
struct Detection {
  let truePositives: Int
  let falsePositives: Int
  let falseNegatives: Int

  /// The fraction of samples predicted to be of the class that are.
  var precision: Double { Self.ratio(truePositives, truePositives + falsePositives) }
  /// The fraction of the class's samples that were predicted to be of it.
  var recall: Double { Self.ratio(truePositives, truePositives + falseNegatives) }
  /// The harmonic mean of precision and recall.
  var f1: Double { Self.ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }

  /// - Parameter confusion: rows are true classes, columns predicted ones.
  init(of index: Int, in confusion: [[Int]]) {
    truePositives = confusion[index][index]
    falsePositives = confusion.reduce(0) { $0 + $1[index] } - truePositives
    falseNegatives = confusion[index].reduce(0, +) - truePositives
  }

  /// The ratio of two counts; 0 if the denominator is 0.
  static func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
}
