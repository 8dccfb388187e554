/// Measures of one logit as a binary classifier; above 0 is predicted positive.
///
/// The numbers are scikit-learn's, with `zero_division=0`. As JSON it has the keys in snake case, and lacks what is not
/// defined.
public struct BinaryReport: Codable, Equatable, Sendable {
  /// The number of samples.
  public let samples: Int
  /// The part of the samples that was predicted right; 0 where there are none.
  public let accuracy: Double
  /// The area under the ROC curve; none where all samples are of one class.
  public let rocAUC: Double?
  /// The harmonic mean of precision and recall; 0 where both are.
  public let f1: Double
  /// Of the samples predicted positive, the part that is; 0 where there are none.
  public let precision: Double
  /// Of the positive samples, the part that was predicted so; 0 where there are none.
  public let recall: Double
  /// Numbers of samples by truth, then by prediction, negative first; shape (2, 2).
  public let confusion: [[Int]]

  private enum CodingKeys: String, CodingKey {
    case samples, accuracy, f1, precision, recall, confusion
    case rocAUC = "roc_auc"
  }

  /// - Parameters:
  ///   - logits: shape (B).
  ///   - targets: shape (B); 1 (positive) or 0.
  /// - Precondition: as many of one as of the other.
  public init(logits: [Float], targets: [Int]) {
    precondition(logits.count == targets.count, "expected a logit for each target")
    precondition(targets.allSatisfy { $0 == 0 || $0 == 1 }, "targets are 0 or 1")
    var confusion = [[0, 0], [0, 0]]
    for (logit, target) in zip(logits, targets) { confusion[target][logit > 0 ? 1 : 0] += 1 }
    let detection = Detection(of: 1, in: confusion)
    samples = targets.count
    accuracy = Detection.ratio(confusion[0][0] + confusion[1][1], targets.count)
    rocAUC = areaUnderROC(scores: logits, positives: targets.map { $0 == 1 })
    f1 = detection.f1
    precision = detection.precision
    recall = detection.recall
    self.confusion = confusion
  }
}
