/// Metrics of a binary classifier with one logit; a sample is predicted positive if its logit is above 0.
///
/// The values are those of scikit-learn with `zero_division=0`. In JSON, keys are in snake case and undefined metrics
/// are omitted.
public struct BinaryReport: Codable, Equatable, Sendable {
  /// The number of samples.
  public let samples: Int
  /// The fraction of samples that were classified correctly; 0 without samples.
  public let accuracy: Double
  /// The area under the ROC curve; nil if all samples belong to one class.
  public let rocAUC: Double?
  /// The harmonic mean of precision and recall; 0 if both are 0.
  public let f1: Double
  /// The fraction of samples predicted positive that are positive; 0 if none was predicted positive.
  public let precision: Double
  /// The fraction of positive samples that were predicted positive; 0 without positive samples.
  public let recall: Double
  /// The confusion matrix, shape (2, 2): rows are true classes, columns predicted ones, negative first.
  public let confusion: [[Int]]

  private enum CodingKeys: String, CodingKey {
    case samples, accuracy, f1, precision, recall, confusion
    case rocAUC = "roc_auc"
  }

  /// Computes all metrics.
  ///
  /// - Parameters:
  ///   - logits: shape (B).
  ///   - targets: shape (B); 1 (positive) or 0.
  /// - Precondition: both arrays have the same length.
  public init(logits: [Float], targets: [Int]) {
    precondition(logits.count == targets.count, "expected a logit for each target")
    precondition(targets.allSatisfy { $0 == 0 || $0 == 1 }, "expected targets of 0 or 1")
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
