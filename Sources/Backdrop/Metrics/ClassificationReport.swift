import Foundation

/// How well a classifier of several classes does on a set of samples; the class of the largest score is the predicted one,
/// the first where several are largest.
///
/// The numbers are scikit-learn's, with `zero_division=0`. As JSON it has the keys in snake case, and lacks what is not
/// defined.
public struct ClassificationReport: Codable, Equatable, Sendable {
  /// One class against the rest.
  public struct ClassScore: Codable, Equatable, Sendable {
    /// The class.
    public let name: String
    /// The number of its samples.
    public let samples: Int
    /// Of the samples that were said to be of the class, the part that is; 0 where there are none.
    public let precision: Double
    /// Of the samples of the class, the part that was said to be; 0 where there are none.
    public let recall: Double
    /// The harmonic mean of precision and recall; 0 where both are.
    public let f1: Double
    /// The area under the ROC curve of the class's softmax probability; none where the class has no samples or all.
    public let rocAUC: Double?

    private enum CodingKeys: String, CodingKey {
      case name, samples, precision, recall, f1
      case rocAUC = "roc_auc"
    }
  }

  /// The number of samples.
  public let samples: Int
  /// The part of the samples that was predicted right; 0 where there are none.
  public let accuracy: Double
  /// Numbers of samples by true class, then by predicted class; shape (K, K).
  public let confusion: [[Int]]
  /// For each class, in order.
  public let classes: [ClassScore]
  /// The mean of the classes' precisions.
  public let macroPrecision: Double
  /// The mean of the classes' recalls.
  public let macroRecall: Double
  /// The mean of the classes' F1.
  public let macroF1: Double
  /// The mean of the classes' areas under the ROC curve; none where a class has none.
  public let macroROCAUC: Double?

  private enum CodingKeys: String, CodingKey {
    case samples, accuracy, confusion, classes
    case macroPrecision = "macro_precision"
    case macroRecall = "macro_recall"
    case macroF1 = "macro_f1"
    case macroROCAUC = "macro_roc_auc"
  }

  /// - Parameters:
  ///   - scores: logits, shape (B, K), row-major.
  ///   - targets: shape (B), from 0 to K - 1.
  ///   - classNames: K, at least one.
  /// - Precondition: the shapes fit, and targets are in range.
  public init(scores: [Float], targets: [Int], classNames: [String]) {
    let classCount = classNames.count
    precondition(classCount > 0 && scores.count == targets.count * classCount, "expected a score for each class")
    precondition(targets.allSatisfy { classNames.indices.contains($0) }, "targets are from 0 to \(classCount - 1)")
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount)
    for (sample, target) in targets.enumerated() {
      confusion[target][predictedClass(scores[sample * classCount..<(sample + 1) * classCount])] += 1
    }
    let classes = classNames.enumerated().map { index, name in
      let detection = Detection(of: index, in: confusion)
      return ClassScore(
        name: name, samples: confusion[index].reduce(0, +), precision: detection.precision, recall: detection.recall,
        f1: detection.f1,
        rocAUC: rankStatistic(
          Self.logOdds(of: index, scores, classCount: classCount), targets.map { $0 == index }))
    }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(classCount) }
    let areas = classes.compactMap(\.rocAUC)
    self.samples = targets.count
    self.accuracy = Detection.ratio(classNames.indices.reduce(0) { $0 + confusion[$1][$1] }, targets.count)
    self.confusion = confusion
    self.classes = classes
    self.macroPrecision = mean(classes.map(\.precision))
    self.macroRecall = mean(classes.map(\.recall))
    self.macroF1 = mean(classes.map(\.f1))
    self.macroROCAUC = areas.count == classCount ? mean(areas) : nil
  }

  /// For each sample log(p / (1 - p)), p the class's softmax probability: in the order of p, and different where p
  /// rounds to 1.
  private static func logOdds(of index: Int, _ scores: [Float], classCount: Int) -> [Double] {
    guard classCount > 1 else { return scores.map(Double.init) }
    return stride(from: 0, to: scores.count, by: classCount).map { row in
      // In order, so that the same scores in other places round the same.
      let others = (0..<classCount).filter { $0 != index }.map { Double(scores[row + $0]) }.sorted()
      let maximum = others[others.count - 1]
      let sum = others.reduce(0) { $0 + exp($1 - maximum) }
      return Double(scores[row + index]) - maximum - log(sum)
    }
  }
}
