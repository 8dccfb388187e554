/// The loops of `torch.optim.SGD`.
///
/// Legend: w a weight, g its gradient, b its momentum.
struct SGDKernel {
  private let rate: Float
  private let decay: Float

  init(rate: Double, weightDecay: Double) {
    self.rate = Float(rate)
    decay = Float(weightDecay)
  }

  /// w -= rate (g + decay w)
  func step(_ weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, count: Int) {
    for i in 0..<count {
      let g = gradients[i] + decay * weights[i]
      weights[i] -= rate * g
    }
  }

  /// g += decay w; b = momentum b + g, but g itself in the first step; w -= rate b, or with Nesterov rate (g + momentum b).
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
      weights[i] -= rate * (own * g + ahead * b)
    }
  }
}
