import Foundation

/// Updates weights from their gradients, and stores the state that its update rule needs.
///
/// It computes in float32, as PyTorch does: the weights agree with those of `torch.optim` up to rounding.
public struct Optimizer: Sendable {
  /// The update rule.
  public let rule: UpdateRule
  /// The coefficient of weight decay, as PyTorch's `weight_decay`.
  public let weightDecay: Double
  /// The number of weights.
  public let parameterCount: Int
  /// The number of steps so far.
  public private(set) var stepCount = 0
  /// SGD's momentum buffer, or Adam's running mean of gradients; empty if the rule has neither.
  private var first: [Float]
  /// Adam's running mean of squared gradients; empty for SGD.
  private var second: [Float]

  /// Creates an optimizer before its first step.
  ///
  /// - Parameters:
  ///   - rule: the update rule; one that ``UpdateRule/check(weightDecay:)`` accepts.
  ///   - weightDecay: the coefficient of weight decay, as PyTorch's `weight_decay`.
  ///   - parameterCount: the number of weights.
  public init(_ rule: UpdateRule, weightDecay: Double = 0, parameterCount: Int) {
    self.rule = rule
    self.weightDecay = weightDecay
    self.parameterCount = parameterCount
    let names = rule.stateNames
    first = [Float](repeating: 0, count: names.count > 0 ? parameterCount : 0)
    second = [Float](repeating: 0, count: names.count > 1 ? parameterCount : 0)
  }

  /// The state of each weight, by PyTorch's names: `momentum_buffer`, or `exp_avg` and `exp_avg_sq`, or nothing. All
  /// zeros before the first step.
  public var state: [String: [Float]] {
    Dictionary(uniqueKeysWithValues: zip(rule.stateNames, [first, second]))
  }

  /// Restores the state of another optimizer with the same rule, to continue from there.
  ///
  /// - Parameters:
  ///   - stepCount: the other optimizer's ``stepCount``.
  ///   - state: the other optimizer's ``state``.
  /// - Throws: ``BackdropError`` with code `.foreignCheckpoint` if the state belongs to another rule or another
  ///   network; this optimizer is then unchanged.
  public mutating func restore(stepCount: Int, state: [String: [Float]]) throws(BackdropError) {
    let names = rule.stateNames
    guard stepCount >= 0 else {
      throw BackdropError(.foreignCheckpoint, "the optimizer's state is from step \(stepCount); expected at least 0")
    }
    guard Set(state.keys) == Set(names) else {
      throw BackdropError(
        .foreignCheckpoint,
        "the optimizer's state has \(Self.list(state.keys.sorted())), expected \(Self.list(names)); it belongs to another"
          + " optimizer")
    }
    for name in names {
      guard let count = state[name]?.count, count == parameterCount else {
        throw BackdropError(
          .foreignCheckpoint,
          "the optimizer's \(name) has \(state[name]?.count ?? 0) values, expected \(parameterCount), one for each"
            + " weight; it belongs to another network")
      }
    }
    self.stepCount = stepCount
    if let name = names.first, let values = state[name] { first = values }
    if let name = names.dropFirst().first, let values = state[name] { second = values }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "nothing" : names.joined(separator: ", ")
  }

  /// Updates the weights once.
  ///
  /// - Parameters:
  ///   - weights: shape (n).
  ///   - gradients: dL/dw, shape (n).
  ///   - learningRate: the learning rate of this step.
  /// - Precondition: n is ``parameterCount``.
  /// - Complexity: O(n), without allocations.
  public mutating func step(_ weights: inout [Float], gradients: [Float], learningRate: Double) {
    precondition(
      weights.count == parameterCount && gradients.count == parameterCount,
      "expected \(parameterCount) weights and gradients")
    stepCount += 1
    switch rule {
    case .sgd(0, _):
      SGDKernel(learningRate: learningRate, weightDecay: weightDecay).step(&weights, gradients, count: parameterCount)
    case .sgd(let momentum, let nesterov):
      let kernel = SGDKernel(learningRate: learningRate, weightDecay: weightDecay)
      kernel.step(
        &weights, gradients, momentum: Float(momentum), nesterov: nesterov, buffer: &first, isFirst: stepCount == 1,
        count: parameterCount)
    case .adam(let beta1, let beta2, let epsilon):
      AdamKernel(
        beta1: beta1, beta2: beta2, epsilon: epsilon, learningRate: learningRate, step: stepCount,
        coupledDecay: weightDecay,
        decoupledDecay: 0
      ).step(&weights, gradients, mean: &first, meanSquare: &second, count: parameterCount)
    case .adamW(let beta1, let beta2, let epsilon):
      AdamKernel(
        beta1: beta1, beta2: beta2, epsilon: epsilon, learningRate: learningRate, step: stepCount, coupledDecay: 0,
        decoupledDecay: weightDecay
      ).step(&weights, gradients, mean: &first, meanSquare: &second, count: parameterCount)
    }
  }
}
