/// How an optimizer updates weights: PyTorch's rules of the same names.
public enum UpdateRule: Equatable, Sendable {
  /// `torch.optim.SGD`. Weight decay is added to the gradient.
  case sgd(momentum: Double = 0, nesterov: Bool = false)
  /// `torch.optim.Adam`. Weight decay is added to the gradient.
  case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
  /// `torch.optim.AdamW`. Weight decay is decoupled: it is subtracted from the weights, not added to the gradient.
  case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)

  /// The names of the rule's state for each weight, as in PyTorch.
  public var stateNames: [String] {
    switch self {
    case .sgd(let momentum, _): momentum == 0 ? [] : ["momentum_buffer"]
    case .adam, .adamW: ["exp_avg", "exp_avg_sq"]
    }
  }

  /// Checks the rule's parameters.
  ///
  /// - Parameter weightDecay: the coefficient of weight decay to check together with the rule.
  /// - Throws: ``BackdropError`` with code `.invalidOptions`.
  public func check(weightDecay: Double = 0) throws(BackdropError) {
    guard weightDecay.isFinite, weightDecay >= 0 else {
      throw BackdropError(.invalidOptions, "weight decay \(weightDecay): expected a number of at least 0")
    }
    switch self {
    case .sgd(let momentum, let nesterov):
      guard (0..<1).contains(momentum) else {
        throw BackdropError(.invalidOptions, "momentum \(momentum): expected at least 0 and less than 1")
      }
      guard !nesterov || momentum > 0 else {
        throw BackdropError(.invalidOptions, "Nesterov momentum needs a momentum above 0; give 0.9, for example")
      }
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
      for (name, beta) in [("beta1", beta1), ("beta2", beta2)] where !(0..<1).contains(beta) {
        throw BackdropError(.invalidOptions, "\(name) \(beta): expected at least 0 and less than 1")
      }
      guard epsilon.isFinite, epsilon > 0 else {
        throw BackdropError(.invalidOptions, "epsilon \(epsilon): expected a number above 0")
      }
    }
  }
}
