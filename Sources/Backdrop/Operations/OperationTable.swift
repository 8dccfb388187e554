/// All kinds of layers.
enum OperationTable {
  /// The kinds, in the order in which messages list them.
  static let all: [any Operation.Type] = [
    Convolution.self,
    ReLU.self,
    LeakyReLU.self,
    MaxPool.self,
    AveragePool.self,
    GlobalAveragePool.self,
    Flatten.self,
    Linear.self,
    Dropout.self,
    GradientMask.self,
    StochasticBackpropagation.self,
    MeProp.self,
  ]

  /// The kind with a name in a network file; nil if there is none.
  static func operation(named name: String) -> (any Operation.Type)? { all.first { $0.name == name } }
}
