/// A part of a batch, where several models compute a batch together: each its samples, and the gradient is their sum.
///
/// The models have the same weights and the same seed. Masks are drawn for a sample's place in the whole batch, so the sum is
/// the gradient that one model would compute of the whole batch, up to the order of additions.
public struct BatchShare: Sendable {
  /// Place of the share's first sample in the batch.
  public let first: Int
  /// Samples of the whole batch.
  public let batch: Int
  /// What connects the models.
  public let communicator: any Communicator

  /// - Parameters:
  ///   - first: place of the share's first sample in the batch.
  ///   - batch: samples of the whole batch.
  ///   - communicator: what connects the models.
  public init(first: Int, of batch: Int, _ communicator: any Communicator) {
    self.first = first
    self.batch = batch
    self.communicator = communicator
  }

  /// The places of a share of so many samples.
  func samples(_ count: Int) -> Range<Int> {
    precondition(first >= 0 && first + count <= batch, "a share of \(count) samples from \(first) on of \(batch)")
    return first..<first + count
  }
}

/// What connects models that compute a batch together: the two places where their parts meet. All models call both in the
/// same order, and wait for each other there.
public protocol Communicator: Sendable {
  /// Concatenates what all models have, in the order of their shares: a loss of the whole batch needs all outputs.
  ///
  /// - Parameters:
  ///   - outputs: of this model's share, shape (B, K); where targets are numbers or probabilities, shape (B, 2 K), each row of
  ///     outputs followed by its targets.
  ///   - labels: of this model's share, shape (B); zeros where targets are numbers or probabilities.
  /// - Returns: those of the whole batch.
  func allGather(_ outputs: [Float], _ labels: [Int]) throws(BackdropError) -> (outputs: [Float], labels: [Int])

  /// Replaces a vector by the sum of all models' vectors: the same sum, to the last bit, for each.
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
  ///   - outputs: of this share, shape (B, K).
  ///   - targets: of this share.
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
