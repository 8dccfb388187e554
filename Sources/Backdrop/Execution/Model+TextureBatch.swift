import TextureStream

/// A model takes batches of a ``TextureStream`` without copying them.
///
/// Legend: B samples, H height, W width, K outputs.
extension Model {
  /// The network's outputs for a stream's batch. Errors are those of ``predict(_:)``.
  ///
  /// - Parameter batch: images of the model's size, shape (B, 1, H, W), B at most ``batchSize``.
  /// - Returns: shape (B, K).
  public func predict(_ batch: TextureBatch) throws(BackdropError) -> [Float] {
    try batch.withImages { images throws(BackdropError) in try predict(images.span) }
  }

  /// The loss of a stream's batch and its gradient with respect to all parameters, like
  /// ``lossAndGradients(_:_:_:step:share:)-(Span<Float>,[Int],_,_,_)``. Does not change the weights. Blocks while it computes.
  ///
  /// - Parameters:
  ///   - batch: images of the model's size, shape (B, 1, H, W), B at most ``batchSize``.
  ///   - labels: shape (B), from 0 to K - 1, or 0 and 1 for a binary loss; the batch's classes if not given.
  ///   - loss: the loss to differentiate.
  ///   - step: the training step, from 0; with the seed it determines the masks and dropout.
  /// - Returns: the loss, nil if it is undefined (``Loss/Value/loss``), and dL/dw in the order of ``layout``.
  /// - Throws: ``BackdropError`` with code `.memory` or `.oneDNN`.
  public func lossAndGradients(
    _ batch: TextureBatch, labels: [Int]? = nil, _ loss: Loss, step: Int
  ) throws(BackdropError) -> (loss: Double?, gradients: [Float]) {
    let labels = labels ?? batch.labels.map(Int.init)
    return try batch.withImages { images throws(BackdropError) in
      try lossAndGradients(images.span, labels, loss, step: step)
    }
  }
}
