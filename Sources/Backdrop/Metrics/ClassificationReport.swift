import Foundation

/// Metrics of a classifier of several classes. The predicted class is the one with the maximum score, the first in case
/// of a tie.
///
/// The values are those of scikit-learn with `zero_division=0`. In JSON, keys are in snake case and undefined metrics
/// are omitted.
public struct ClassificationReport: Codable, Equatable, Sendable {
  /// Metrics of one class against all others.
  public struct ClassScore: Codable, Equatable, Sendable {
    /// The name of the class.
    public let name: String
    /// The number of samples of the class.
    public let samples: Int
    /// The fraction of samples predicted to be of the class that are; 0 if none was predicted to be.
    public let precision: Double
    /// The fraction of the class's samples that were predicted to be of it; 0 if the class has no samples.
    public let recall: Double
    /// The harmonic mean of precision and recall; 0 if both are 0.
    public let f1: Double
    /// The area under the ROC curve of the class's softmax probability; nil if the class has no samples or all of them.
    public let rocAUC: Double?

    private enum CodingKeys: String, CodingKey {
      case name, samples, precision, recall, f1
      case rocAUC = "roc_auc"
    }
  }

  /// The number of samples.
  public let samples: Int
  /// The fraction of samples that were classified correctly; 0 without samples.
  public let accuracy: Double
  /// For each scale, the fraction of samples whose predicted class has the scale's true choice; nil if the classes'
  /// choices are unknown.
  public let scaleAccuracy: [Double]?
  /// The confusion matrix, shape (K, K): rows are true classes, columns predicted ones.
  public let confusion: [[Int]]
  /// The metrics of each class, in the order of the classes.
  public let classes: [ClassScore]
  /// The mean of the classes' precisions.
  public let macroPrecision: Double
  /// The mean of the classes' recalls.
  public let macroRecall: Double
  /// The mean of the classes' F1.
  public let macroF1: Double
  /// The mean of the classes' areas under the ROC curve; nil if it is undefined for a class.
  public let macroROCAUC: Double?

  private enum CodingKeys: String, CodingKey {
    case samples, accuracy, confusion, classes
    case macroPrecision = "macro_precision"
    case macroRecall = "macro_recall"
    case macroF1 = "macro_f1"
    case macroROCAUC = "macro_roc_auc"
    case scaleAccuracy = "scale_accuracy"
  }

  /// Computes all metrics.
  ///
  /// - Parameters:
  ///   - scores: logits, shape (B, K), row-major.
  ///   - targets: shape (B), from 0 to K - 1.
  ///   - classNames: shape (K), at least one.
  ///   - choices: each class's choice for each scale, shape (K, scale); empty if unknown.
  /// - Precondition: the shapes match, and the targets are in range.
  public init(scores: [Float], targets: [Int], classNames: [String], choices: [[Int]] = []) {
    let classCount = classNames.count
    precondition(classCount > 0 && scores.count == targets.count * classCount, "expected a score for each class")
    precondition(targets.allSatisfy { classNames.indices.contains($0) }, "expected targets from 0 to \(classCount - 1)")
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
    self.scaleAccuracy = choices.isEmpty ? nil : Self.scaleAccuracy(confusion, choices: choices)
    self.confusion = confusion
    self.classes = classes
    self.macroPrecision = mean(classes.map(\.precision))
    self.macroRecall = mean(classes.map(\.recall))
    self.macroF1 = mean(classes.map(\.f1))
    self.macroROCAUC = areas.count == classCount ? mean(areas) : nil
  }

  /// For each scale, the fraction of samples whose predicted class has the true choice; 0 without samples.
  ///
  /// - Parameters:
  ///   - confusion: rows are true classes, columns predicted ones.
  ///   - choices: each class's choice for each scale.
  static func scaleAccuracy(_ confusion: [[Int]], choices: [[Int]]) -> [Double] {
    precondition(choices.count == confusion.count, "expected the choices of each class")
    let samples = confusion.reduce(0) { $0 + $1.reduce(0, +) }
    return (choices.first ?? []).indices.map { scale in
      var correct = 0
      for (truth, row) in confusion.enumerated() {
        for (predicted, count) in row.enumerated() where choices[truth][scale] == choices[predicted][scale] {
          correct += count
        }
      }
      return Detection.ratio(correct, samples)
    }
  }

  /// The log odds log(p / (1 - p)) of each sample, where p is the class's softmax probability. They have the order of
  /// p, and still differ where p rounds to 1.
  static func logOdds(of index: Int, _ scores: [Float], classCount: Int) -> [Double] {
    guard classCount > 1 else { return scores.map(Double.init) }
    return stride(from: 0, to: scores.count, by: classCount).map { row in
      // Sorted, so that a permutation of the same scores rounds to the same sum.
      let others = (0..<classCount).filter { $0 != index }.map { Double(scores[row + $0]) }.sorted()
      let maximum = others[others.count - 1]
      let sum = others.reduce(0) { $0 + exp($1 - maximum) }
      return Double(scores[row + index]) - maximum - log(sum)
    }
  }
}
