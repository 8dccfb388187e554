/// The loss to minimise.
///
/// Cross-entropy, of all classes or binary, and the mean squared error are means over samples. The losses for the area
/// under the ROC curve and the F-measure are not: each is a function of the whole batch. Like the binary cross-entropy
/// they take one logit for each sample and targets of 1 (positive) or 0.
///
/// Legend: B samples, K outputs, z logits, t targets.
public enum Loss: Equatable, Sendable {
  /// PyTorch's `nn.CrossEntropyLoss`: the mean of -log softmax(z)[t].
  case crossEntropy
  /// A differentiable surrogate of one minus the area under the ROC curve: the mean of an ``AUCSurrogate`` over all
  /// pairs of a positive and a negative sample of the batch.
  case auc(AUCSurrogate)
  /// A differentiable form of one minus the F-measure: 1 - 2 sum(p t) / (sum(p) + sum(t)), where p = sigmoid(z).
  ///
  /// For a batch without positive samples it is 1, with a gradient of zeros. That is the value of the formula, and
  /// agrees with the convention that F1 is then 0 (scikit-learn's `zero_division=0`).
  case softF1
  /// PyTorch's `nn.BCEWithLogitsLoss`: the mean of the cross-entropy of sigmoid(z) with t.
  case binaryCrossEntropy
  /// PyTorch's `nn.MSELoss`: the mean of (z - t)² over all samples and outputs, for continuous labels.
  case meanSquaredError

  /// Whether it takes one logit for each sample, and targets of 1 (positive) or 0.
  public var isBinary: Bool {
    switch self {
    case .auc, .softF1, .binaryCrossEntropy: true
    case .crossEntropy, .meanSquaredError: false
    }
  }

  /// Whether it compares the outputs with numbers.
  public var isRegression: Bool { self == .meanSquaredError }

  /// The loss of a batch and its gradient.
  public struct Value: Sendable {
    /// The loss; nil if it is undefined: without samples, or for the area under the ROC curve of a batch of one class.
    public let loss: Double?
    /// dL/dz, shape (B, K); zeros if the loss is undefined.
    public let gradient: [Float]
  }

  /// The maximum number of pairs for which ``value(outputs:outputCount:targets:)`` computes the logistic surrogate:
  /// that of 4096 positive and 4096 negative samples.
  static let maximumPairs = 1 << 24

  /// The loss of a whole part of a dataset, with the parameters of ``evaluate(outputs:outputCount:targets:)``.
  ///
  /// - Returns: nil if the loss is undefined, or if it is the logistic surrogate of more than ``maximumPairs`` pairs,
  ///   which would have to be visited one by one.
  func value(outputs: [Float], outputCount: Int, targets: [Int]) -> Double? {
    if self == .auc(.logistic) {
      let positives = targets.count { $0 == 1 }
      let (pairs, overflow) = positives.multipliedReportingOverflow(by: targets.count - positives)
      guard !overflow, pairs <= Self.maximumPairs else { return nil }
    }
    return evaluate(outputs: outputs, outputCount: outputCount, targets: targets).loss
  }

  /// Computes the loss of a batch and its gradient in double precision. NaN in the outputs makes the loss NaN.
  ///
  /// - Parameters:
  ///   - outputs: z, shape (B, K), row-major.
  ///   - outputCount: K; 1 for a binary loss.
  ///   - targets: shape (B); from 0 to K - 1, or 0 and 1 for a binary loss.
  /// - Precondition: the shapes match, the targets are in range, and the loss is not a regression loss.
  /// - Complexity: O(B K); O(B²) for the logistic surrogate of the area under the ROC curve,
  ///   O(B log B) for the squared hinge.
  public func evaluate(outputs: [Float], outputCount: Int, targets: [Int]) -> Value {
    evaluate(outputs: outputs, outputCount: outputCount, targets: .classes(targets))
  }

  /// Like ``evaluate(outputs:outputCount:targets:)-([Float],_,[Int])``, with any kind of targets: probabilities are for
  /// cross-entropy, numbers for the mean squared error.
  ///
  /// - Precondition: the shapes match, and the targets are in range and of a kind that the loss accepts.
  public func evaluate(outputs: [Float], outputCount: Int, targets: Targets) -> Value {
    switch (self, targets) {
    case (.meanSquaredError, .numbers(let numbers)):
      precondition(outputs.count == numbers.count, "expected a number for each output")
      return numbers.isEmpty ? Value(loss: nil, gradient: []) : Self.meanSquaredError(outputs, targets: numbers)
    case (.crossEntropy, .probabilities(let probabilities)):
      precondition(
        outputs.count == probabilities.count && outputs.count.isMultiple(of: max(1, outputCount)),
        "expected a probability for each output")
      guard !probabilities.isEmpty else { return Value(loss: nil, gradient: []) }
      return Self.crossEntropy(outputs, classCount: outputCount, probabilities: probabilities)
    case (_, .classes(let classes)): return value(outputs, outputCount, classes)
    case (_, .numbers), (_, .probabilities): preconditionFailure("the loss does not accept this kind of targets")
    }
  }

  private func value(_ outputs: [Float], _ outputCount: Int, _ targets: [Int]) -> Value {
    precondition(outputs.count == targets.count * outputCount, "expected \(outputCount) outputs for each target")
    precondition(!isBinary || outputCount == 1, "a binary loss needs one output")
    let classes = isBinary ? 2 : outputCount
    precondition(targets.allSatisfy { (0..<classes).contains($0) }, "expected targets from 0 to \(classes - 1)")
    guard !targets.isEmpty else { return Value(loss: nil, gradient: []) }
    switch self {
    case .crossEntropy: return Self.crossEntropy(outputs, classCount: outputCount, targets: targets)
    case .auc(let surrogate): return Self.pairwise(surrogate, logits: outputs, targets: targets)
    case .softF1: return Self.softF1(logits: outputs, targets: targets)
    case .binaryCrossEntropy: return Self.binaryCrossEntropy(logits: outputs, targets: targets)
    case .meanSquaredError: preconditionFailure("the mean squared error needs numbers as targets")
    }
  }
}
