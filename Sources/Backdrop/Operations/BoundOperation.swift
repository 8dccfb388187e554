/// An operation at its place in a network.
struct BoundOperation {
  let operation: any Operation
  /// The layer's index in the network; of several fused layers the first one's.
  let layer: Int
  let input: Shape
  let output: Shape

  /// Which elements of the input one output depends on; nil where that is not a window.
  var receptiveField: ReceptiveField? { operation.receptiveField }

  /// Whether one output depends on a window of the input.
  var isLocal: Bool { receptiveField != nil }

  /// What a window reads outside the input.
  var paddingValue: Float { operation.paddingValue }

  /// Whether the backward pass needs what the forward pass left behind besides its input and output.
  var keepsState: Bool { operation.keepsState }

  /// The weight's shape as kernels take it: (out, in, height, width). nil without parameters.
  var weightShape: [Int]? {
    operation.weightShape(input: input).map { $0 + [Int](repeating: 1, count: 4 - $0.count) }
  }

  /// Multiply-adds of one sample's forward pass.
  ///
  /// - Parameter outputs: the outputs computed in each channel, which may be a part of the map.
  func multiplyAdds(outputs: Int) -> Double {
    operation.multiplyAdds(input: input, output: output, outputs: outputs)
  }

  /// The order of the output's elements in memory.
  ///
  /// - Parameters:
  ///   - input: the order of the input's elements.
  ///   - convolutions: the order that convolutions prefer.
  func outputLayout(from input: TensorLayout, _ convolutions: TensorLayout) -> TensorLayout {
    operation.outputLayout(from: input, convolutions: convolutions)
  }

  /// The computation on fixed shapes.
  ///
  /// - Parameters:
  ///   - padding: above and left of the input; 0 for windows that contain their padding.
  ///   - keeps: whether a backward pass will follow.
  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ store: ParameterStore,
    _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    try operation.makeKernel(
      input: input, output: output, padding: padding, keeps: keeps, self, store, context)
  }
}
