/// The kinds of layers that a network may have.
enum OperationTable {
  /// In the order in which messages list them.
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

  /// The kind of that name in a network file.
  static func operation(named name: String) -> (any Operation.Type)? { all.first { $0.name == name } }
}
