/// Which parts of the gradient a training step computes. Metrics include its name.
public enum GradientMethod: String, CaseIterable, Codable, Sendable {
  /// Golkar and Cranmer's Backdrop (2018): random masks block the gradient.
  case backdrop
  /// Fang et al.'s stochastic backpropagation (2022): the gradient passes through a subset of positions.
  case sbp
  /// Sun et al.'s meProp (2017): the elements of largest magnitude of each sample's gradient pass.
  case meprop
}

extension Network {
  /// The method of its layers: meProp or SBP if there is such a layer, otherwise Backdrop.
  public var gradientMethod: GradientMethod {
    func has<Kind: Operation>(_ kind: Kind.Type) -> Bool { layers.contains { $0.operation is Kind } }
    return has(MeProp.self) ? .meprop : has(StochasticBackpropagation.self) ? .sbp : .backdrop
  }
}
