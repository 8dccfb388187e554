import Foundation

/// Changes weights by their gradients, step by step, and remembers what its rule needs.
///
/// In float32, as PyTorch: weights stay within rounding of what `torch.optim` makes of them.
public struct Optimizer: Sendable {
  /// How gradients change weights.
  public let rule: UpdateRule
  /// How strongly weights are drawn to zero.
  public let weightDecay: Double
  /// The number of weights.
  public let parameterCount: Int
  /// Steps made so far.
  public private(set) var stepCount = 0
  /// SGD's momentum, or Adam's mean of gradients; empty where the rule has none.
  private var first: [Float]
  /// Adam's mean of squared gradients; empty for SGD.
  private var second: [Float]

  /// An optimizer that has made no step.
  ///
  /// - Parameters:
  ///   - rule: how gradients change weights; one that ``UpdateRule/check(weightDecay:)`` accepts.
  ///   - weightDecay: how strongly weights are drawn to zero.
  ///   - parameterCount: the number of weights.
  public init(_ rule: UpdateRule, weightDecay: Double = 0, parameterCount: Int) {
    self.rule = rule
    self.weightDecay = weightDecay
    self.parameterCount = parameterCount
    let names = rule.stateNames
    first = [Float](repeating: 0, count: names.count > 0 ? parameterCount : 0)
    second = [Float](repeating: 0, count: names.count > 1 ? parameterCount : 0)
  }

  /// What is remembered for each weight, by PyTorch's names: `momentum_buffer`, or `exp_avg` and `exp_avg_sq`, or
  /// nothing. Zeros before the first step.
  public var state: [String: [Float]] {
    Dictionary(uniqueKeysWithValues: zip(rule.stateNames, [first, second]))
  }

  /// Goes on where an optimizer of the same rule was.
  ///
  /// - Parameters:
  ///   - stepCount: steps that it had made.
  ///   - state: its ``state``.
  /// - Throws: ``BackdropError`` with code `.foreignCheckpoint` where the state is another rule's or another network's;
  ///   then nothing is changed.
  public mutating func restore(stepCount: Int, state: [String: [Float]]) throws(BackdropError) {
    let names = rule.stateNames
    guard stepCount >= 0 else {
      throw BackdropError(.foreignCheckpoint, "the optimizer's state is of step \(stepCount); expected at least 0")
    }
    guard Set(state.keys) == Set(names) else {
      throw BackdropError(
        .foreignCheckpoint,
        "the optimizer's state has \(Self.list(state.keys.sorted())), expected \(Self.list(names)); it is another optimizer's"
      )
    }
    for name in names {
      guard let count = state[name]?.count, count == parameterCount else {
        throw BackdropError(
          .foreignCheckpoint,
          "the optimizer's \(name) has \(state[name]?.count ?? 0) numbers, and the network \(parameterCount) weights; it is another network's"
        )
      }
    }
    self.stepCount = stepCount
    if let name = names.first, let values = state[name] { first = values }
    if let name = names.dropFirst().first, let values = state[name] { second = values }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "nothing" : names.joined(separator: ", ")
  }

  /// Makes one step.
  ///
  /// - Parameters:
  ///   - weights: shape (n).
  ///   - gradients: dL/dw, shape (n).
  ///   - learningRate: of this step.
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
        addedDecay: weightDecay,
        shrinkingDecay: 0
      ).step(&weights, gradients, mean: &first, meanSquare: &second, count: parameterCount)
    case .adamW(let beta1, let beta2, let epsilon):
      AdamKernel(
        beta1: beta1, beta2: beta2, epsilon: epsilon, learningRate: learningRate, step: stepCount, addedDecay: 0,
        shrinkingDecay: weightDecay
      ).step(&weights, gradients, mean: &first, meanSquare: &second, count: parameterCount)
    }
  }
}
