/// What training makes small.
///
/// Cross-entropy is a mean over samples. The area under the ROC curve and the F-measure are not: they are of the whole
/// batch, and want one logit a sample and targets of 1 (positive) or 0.
///
/// Legend: B samples, K outputs, z logits, t targets.
public enum Loss: Equatable, Sendable {
  /// PyTorch's `nn.CrossEntropyLoss`: the mean of -log softmax(z)[t].
  case crossEntropy
  /// One minus the area under the ROC curve, smoothly: the mean of a surrogate over all pairs of a positive and a negative
  /// sample of the batch.
  case auc(AUCSurrogate)
  /// One minus the F-measure, smoothly: 1 - 2 sum(p t) / (sum(p) + sum(t)), with p = sigmoid(z).
  ///
  /// Of a batch without positive samples it is 1 and its gradient zeros: what the formula gives, and what F1 is by
  /// convention (scikit-learn's `zero_division=0`).
  case softF1

  /// Whether it wants one logit a sample, and targets of 1 (positive) or 0.
  public var isBinary: Bool { self != .crossEntropy }

  /// The loss of a batch and its gradient.
  public struct Value: Sendable {
    /// None where it is undefined: for the area under the ROC curve of a batch of one class, and for no samples.
    public let loss: Double?
    /// dL/dz, shape (B, K); zeros where the loss is undefined.
    public let gradient: [Float]
  }

  /// The most pairs over which ``value(outputs:outputCount:targets:)`` takes the logistic surrogate: of 4096 positive and
  /// as many negative samples.
  static let maximumPairs = 1 << 24

  /// The loss of a part of a dataset as a whole; none where it is undefined, or would be one of more than
  /// ``maximumPairs`` pairs that have to be looked at one by one. Parameters as those of a batch.
  func value(outputs: [Float], outputCount: Int, targets: [Int]) -> Double? {
    if self == .auc(.logistic) {
      let positives = targets.count { $0 == 1 }
      let (pairs, overflow) = positives.multipliedReportingOverflow(by: targets.count - positives)
      guard !overflow, pairs <= Self.maximumPairs else { return nil }
    }
    return evaluate(outputs: outputs, outputCount: outputCount, targets: targets).loss
  }

  /// The loss of a batch and its gradient, computed in double precision. What is not a number stays so.
  ///
  /// - Parameters:
  ///   - outputs: z, shape (B, K), row-major.
  ///   - outputCount: K; 1 for a binary loss.
  ///   - targets: shape (B); from 0 to K - 1, or 0 and 1 for a binary loss.
  /// - Precondition: the shapes fit, and targets are in range.
  /// - Complexity: O(B K); O(B²) for the logistic surrogate of the area under the ROC curve,
  ///   O(B log B) for the squared hinge.
  public func evaluate(outputs: [Float], outputCount: Int, targets: [Int]) -> Value {
    precondition(outputs.count == targets.count * outputCount, "expected \(outputCount) outputs for each target")
    precondition(!isBinary || outputCount == 1, "a binary loss wants one output")
    let classes = isBinary ? 2 : outputCount
    precondition(targets.allSatisfy { (0..<classes).contains($0) }, "targets are from 0 to \(classes - 1)")
    guard !targets.isEmpty else { return Value(loss: nil, gradient: []) }
    switch self {
    case .crossEntropy: return Self.crossEntropy(outputs, classCount: outputCount, targets: targets)
    case .auc(let surrogate): return Self.pairwise(surrogate, logits: outputs, targets: targets)
    case .softF1: return Self.softF1(logits: outputs, targets: targets)
    }
  }
}
