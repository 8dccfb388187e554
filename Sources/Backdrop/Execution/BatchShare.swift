/// One model's part of a batch that several models compute together. The gradient is the sum of theirs.
///
/// The models have the same weights and the same seed. Masks depend on a sample's position in the whole batch, so the
/// sum is the gradient that one model would compute for the whole batch, up to the order of additions.
public struct BatchShare: Sendable {
  /// The position of the share's first sample in the batch.
  public let first: Int
  /// The number of samples in the whole batch.
  public let batch: Int
  /// What connects the models.
  public let communicator: any Communicator

  /// - Parameters:
  ///   - first: the position of the share's first sample in the batch.
  ///   - batch: the number of samples in the whole batch.
  ///   - communicator: what connects the models.
  public init(first: Int, of batch: Int, _ communicator: any Communicator) {
    self.first = first
    self.batch = batch
    self.communicator = communicator
  }

  /// The positions of a share of `count` samples in the batch.
  func samples(_ count: Int) -> Range<Int> {
    precondition(
      first >= 0 && first + count <= batch, "a share of \(count) samples, starting at \(first), in a batch of \(batch)")
    return first..<first + count
  }
}

/// Connects models that compute a batch together, through two collective operations. All models call them in the same
/// order, and each call waits for the others.
public protocol Communicator: Sendable {
  /// Concatenates the values of all models in the order of their shares. The loss of the whole batch needs all outputs.
  ///
  /// - Parameters:
  ///   - outputs: those of this model's share, shape (B, K). If the targets are numbers or probabilities, shape
  ///     (B, 2 K): each row of outputs is followed by its targets.
  ///   - labels: those of this model's share, shape (B); zeros if the targets are numbers or probabilities.
  /// - Returns: the outputs and labels of the whole batch.
  func allGather(_ outputs: [Float], _ labels: [Int]) throws(BackdropError) -> (outputs: [Float], labels: [Int])

  /// Replaces a vector with the sum of all models' vectors, bit for bit the same in each model.
  func allReduce(_ gradients: inout [Float]) throws(BackdropError)
}

extension Targets {
  /// B.
  func sampleCount(outputCount: Int) -> Int {
    switch self {
    case .classes(let classes): classes.count
    case .probabilities(let values), .numbers(let values): outputCount == 0 ? 0 : values.count / outputCount
    }
  }
}

extension BatchShare {
  /// The outputs and the targets of the whole batch.
  ///
  /// - Parameters:
  ///   - outputs: those of this share, shape (B, K).
  ///   - targets: those of this share.
  ///   - outputCount: K.
  func gather(
    _ outputs: [Float], _ targets: Targets, outputCount: Int
  ) throws(BackdropError) -> (outputs: [Float], targets: Targets) {
    switch targets {
    case .classes(let classes):
      let batch = try communicator.allGather(outputs, classes)
      return (batch.outputs, .classes(batch.labels))
    case .probabilities(let values):
      let batch = try gather(outputs, values, outputCount: outputCount)
      return (batch.outputs, .probabilities(batch.values))
    case .numbers(let values):
      let batch = try gather(outputs, values, outputCount: outputCount)
      return (batch.outputs, .numbers(batch.values))
    }
  }

  private func gather(
    _ outputs: [Float], _ values: [Float], outputCount: Int
  ) throws(BackdropError) -> (outputs: [Float], values: [Float]) {
    let count = outputCount == 0 ? 0 : outputs.count / outputCount
    var rows: [Float] = []
    for sample in 0..<count {
      let row = sample * outputCount..<(sample + 1) * outputCount
      rows += outputs[row] + values[row]
    }
    let batch = try communicator.allGather(rows, [Int](repeating: 0, count: count)).outputs
    var all: (outputs: [Float], values: [Float]) = ([], [])
    for start in stride(from: 0, to: batch.count, by: max(1, 2 * outputCount)) {
      all.outputs += batch[start..<start + outputCount]
      all.values += batch[start + outputCount..<start + 2 * outputCount]
    }
    return all
  }
}
