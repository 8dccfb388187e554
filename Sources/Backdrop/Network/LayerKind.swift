/// The layers as a network file spells them, and the keys of each.
enum LayerKind: String, CaseIterable {
  case convolution
  case relu
  case maxPool = "max_pool"
  case averagePool = "average_pool"
  case globalAveragePool = "global_average_pool"
  case flatten
  case linear
  case dropout
  case backdrop

  /// In the order in which they are written.
  var keys: [LayerKey] {
    switch self {
    case .convolution: [.channels, .kernel, .stride, .padding]
    case .maxPool, .averagePool: [.kernel, .stride, .padding]
    case .linear: [.outputs]
    case .dropout: [.probability]
    case .backdrop: [.probability, .axes, .fixedElement]
    case .relu, .globalAveragePool, .flatten: []
    }
  }
}

/// The keys of layers, each with the values it takes.
enum LayerKey: String, CaseIterable {
  case channels
  case kernel
  case stride
  case padding
  case outputs
  case probability
  case axes
  case fixedElement = "fixed_element"

  /// What a value of this key has to be: the "expected" of an error message.
  var expectation: String {
    switch self {
    case .channels, .outputs:
      "a whole number from \(Network.channelRange.lowerBound) to \(Network.channelRange.upperBound)"
    case .kernel, .stride:
      "a whole number from \(Network.windowRange.lowerBound) to \(Network.windowRange.upperBound) (pixels)"
    case .padding: "a whole number from 0 to \(Network.windowRange.upperBound) (pixels)"
    case .probability: "a number from 0 to 1"
    case .axes: "a list of one or more of \(Axis.allCases.map(\.rawValue).joined(separator: ", ")), each once"
    case .fixedElement: "a list of whole numbers, one for each masked axis but the sample's"
    }
  }
}

extension Layer {
  /// Which layer it is.
  var kind: LayerKind {
    switch self {
    case .convolution: .convolution
    case .relu: .relu
    case .maxPool: .maxPool
    case .averagePool: .averagePool
    case .globalAveragePool: .globalAveragePool
    case .flatten: .flatten
    case .linear: .linear
    case .dropout: .dropout
    case .backdrop: .backdrop
    }
  }
}
