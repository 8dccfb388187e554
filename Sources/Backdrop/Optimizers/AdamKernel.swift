import Foundation

/// The loop of `torch.optim.Adam` and `AdamW`.
///
/// Legend: w a weight, g its gradient, m the mean of gradients, v of their squares, t the step from 1.
struct AdamKernel {
  private let meanWeight: Float
  private let squareKept: Float
  private let squareWeight: Float
  /// 1 / sqrt(1 - beta2^t): a multiplication where PyTorch divides takes a quarter of the time away.
  private let rootCorrection: Float
  private let stepSize: Float
  private let epsilon: Float
  private let addedDecay: Float
  private let shrinking: Float

  /// - Parameters:
  ///   - step: t.
  ///   - addedDecay: added to the gradient, times the weight.
  ///   - shrinkingDecay: taken from the weight, times the learning rate.
  init(
    beta1: Double, beta2: Double, epsilon: Double, learningRate: Double, step: Int, addedDecay: Double,
    shrinkingDecay: Double
  ) {
    meanWeight = Float(1 - beta1)
    squareKept = Float(beta2)
    squareWeight = Float(1 - beta2)
    rootCorrection = Float(1 / (1 - pow(beta2, Double(step))).squareRoot())
    stepSize = Float(learningRate / (1 - pow(beta1, Double(step))))
    self.epsilon = Float(epsilon)
    self.addedDecay = Float(addedDecay)
    shrinking = Float(1 - learningRate * shrinkingDecay)
  }

  /// m += (1 - beta1) (g - m); v = beta2 v + (1 - beta2) g²;
  /// w -= learningRate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
  func step(
    _ weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, mean: UnsafeMutablePointer<Float>,
    meanSquare: UnsafeMutablePointer<Float>, count: Int
  ) {
    for i in 0..<count {
      let g = gradients[i] + addedDecay * weights[i]
      let m = mean[i] + meanWeight * (g - mean[i])
      let v = squareKept * meanSquare[i] + squareWeight * g * g
      mean[i] = m
      meanSquare[i] = v
      weights[i] = shrinking * weights[i] - stepSize * m / (v.squareRoot() * rootCorrection + epsilon)
    }
  }
}
