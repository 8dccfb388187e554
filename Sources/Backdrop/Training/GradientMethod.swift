/// Which parts of the gradient a training step computes. Metrics name it.
public enum GradientMethod: String, CaseIterable, Codable, Sendable {
  /// Golkar and Cranmer's Backdrop (2018): random masks at layers of the network block the gradient.
  case backdrop
  /// Stochastic backpropagation: a random part of the spatial or sample positions is kept.
  case sbp
  /// Sun et al., meProp (2017): the largest elements of each layer's output gradient are kept.
  case meprop
}
