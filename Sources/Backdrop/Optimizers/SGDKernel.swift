/// The loops of `torch.optim.SGD`.
///
/// Legend: w a weight, g its gradient, b its momentum buffer.
struct SGDKernel {
  private let learningRate: Float
  private let decay: Float

  init(learningRate: Double, weightDecay: Double) {
    self.learningRate = Float(learningRate)
    decay = Float(weightDecay)
  }

  /// w -= learningRate (g + decay w)
  func step(_ weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, count: Int) {
    for i in 0..<count {
      let g = gradients[i] + decay * weights[i]
      weights[i] -= learningRate * g
    }
  }

  /// g += decay w; b = momentum b + g, in the first step b = g; w -= learningRate b, or with Nesterov momentum
  /// w -= learningRate (g + momentum b).
  func step(
    _ weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, momentum: Float, nesterov: Bool,
    buffer: UnsafeMutablePointer<Float>, isFirst: Bool, count: Int
  ) {
    let kept: Float = isFirst ? 0 : momentum
    // The update is own g + ahead b.
    let own: Float = nesterov ? 1 : 0
    let ahead: Float = nesterov ? momentum : 1
    for i in 0..<count {
      let g = gradients[i] + decay * weights[i]
      let b = kept * buffer[i] + g
      buffer[i] = b
      weights[i] -= learningRate * (own * g + ahead * b)
    }
  }
}
