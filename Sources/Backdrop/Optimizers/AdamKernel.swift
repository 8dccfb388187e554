import Foundation

/// The loop of `torch.optim.Adam` and `AdamW`.
///
/// Legend: w a weight, g its gradient, m the running mean of g, v the running mean of g², t the step from 1.
struct AdamKernel {
  private let meanWeight: Float
  private let squareKept: Float
  private let squareWeight: Float
  /// 1 / sqrt(1 - beta2^t). PyTorch divides instead; multiplying saves a quarter of the time.
  private let rootCorrection: Float
  private let stepSize: Float
  private let epsilon: Float
  private let coupledDecay: Float
  private let weightFactor: Float

  /// - Parameters:
  ///   - step: t.
  ///   - coupledDecay: L2 weight decay: g += coupledDecay w.
  ///   - decoupledDecay: AdamW's weight decay: w -= learningRate decoupledDecay w.
  init(
    beta1: Double, beta2: Double, epsilon: Double, learningRate: Double, step: Int, coupledDecay: Double,
    decoupledDecay: Double
  ) {
    meanWeight = Float(1 - beta1)
    squareKept = Float(beta2)
    squareWeight = Float(1 - beta2)
    rootCorrection = Float(1 / (1 - pow(beta2, Double(step))).squareRoot())
    stepSize = Float(learningRate / (1 - pow(beta1, Double(step))))
    self.epsilon = Float(epsilon)
    self.coupledDecay = Float(coupledDecay)
    weightFactor = Float(1 - learningRate * decoupledDecay)
  }

  /// m += (1 - beta1) (g - m); v = beta2 v + (1 - beta2) g²;
  /// w -= learningRate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
  func step(
    _ weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, mean: UnsafeMutablePointer<Float>,
    meanSquare: UnsafeMutablePointer<Float>, count: Int
  ) {
    for i in 0..<count {
      let g = gradients[i] + coupledDecay * weights[i]
      let m = mean[i] + meanWeight * (g - mean[i])
      let v = squareKept * meanSquare[i] + squareWeight * g * g
      mean[i] = m
      meanSquare[i] = v
      weights[i] = weightFactor * weights[i] - stepSize * m / (v.squareRoot() * rootCorrection + epsilon)
    }
  }
}
