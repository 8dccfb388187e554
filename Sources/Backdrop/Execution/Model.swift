/// A network with weights, ready to run on batches of square textures of one side.
///
/// Not safe for concurrent use. Keep all calls on one thread where that is possible: oneDNN's threads belong to the thread
/// that calls.
///
/// Legend: B samples, C channels, H height, W width, K outputs.
public final class Model {
  /// The layers.
  public let network: Network
  /// H and W of the input.
  public let side: Int
  /// The largest B.
  public let batchSize: Int
  /// Names, shapes and places of the parameters.
  public let layout: ParameterLayout
  /// All parameters, as ``layout`` has them.
  public var weights: [Float]
  /// dL/dw of the last ``gradients(images:count:step:loss:)``, as ``layout`` has them.
  public private(set) var gradients: [Float]
  /// K.
  public let outputs: Int

  /// - Parameters:
  ///   - side: of the textures, in pixels.
  ///   - batchSize: the largest number of samples in a call.
  ///   - weights: as the network's layout has them; drawn from `seed` unless given.
  ///   - seed: of the initial weights, the masks and dropout.
  ///   - standardization: applied to the input.
  ///   - threads: of oneDNN.
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`, `.tooSmall`, `.foreignWeights` or `.oneDNN`.
  public init(
    _ network: Network, side: Int, batchSize: Int, weights: [Float]? = nil, seed: UInt64 = 0,
    standardization: Standardization = Standardization(), threads: Int = 2
  ) throws(BackdropError) {
    fatalError()
  }

  /// The network's outputs, as in use after training: no dropout.
  ///
  /// - Parameters:
  ///   - images: shape (B, C, H, W).
  ///   - count: B, at most ``batchSize``.
  /// - Returns: shape (B, K).
  public func predict(_ images: UnsafeBufferPointer<Float>, count: Int) throws(BackdropError) -> [Float] {
    fatalError()
  }

  /// A forward and a backward pass: leaves dL/dw in ``gradients``. Does not change weights.
  ///
  /// - Parameters:
  ///   - images: shape (B, C, H, W).
  ///   - count: B, at most ``batchSize``.
  ///   - step: of the training, from 0: decides the masks and dropout together with the seed.
  ///   - loss: dL/dy, shape (B, K), of the outputs y, shape (B, K).
  public func gradients(
    _ images: UnsafeBufferPointer<Float>, count: Int, step: Int,
    loss: (_ outputs: [Float]) throws(BackdropError) -> [Float]
  ) throws(BackdropError) {
    fatalError()
  }

  /// As ``gradients(_:count:step:loss:)``, and dL/dx of the images as given (before standardisation).
  ///
  /// - Returns: shape (B, C, H, W).
  public func inputGradients(
    _ images: UnsafeBufferPointer<Float>, count: Int, step: Int,
    loss: (_ outputs: [Float]) throws(BackdropError) -> [Float]
  ) throws(BackdropError) -> [Float] {
    fatalError()
  }
}
