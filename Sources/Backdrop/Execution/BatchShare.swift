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
  ///   - outputs: of this model's share, shape (B, K).
  ///   - labels: of this model's share, shape (B).
  /// - Returns: those of the whole batch.
  func allGather(_ outputs: [Float], _ labels: [Int]) throws(BackdropError) -> (outputs: [Float], labels: [Int])

  /// Replaces a vector by the sum of all models' vectors: the same sum, to the last bit, for each.
  func allReduce(_ gradients: inout [Float]) throws(BackdropError)
}
