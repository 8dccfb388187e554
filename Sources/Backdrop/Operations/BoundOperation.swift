/// An operation at its position in a network.
struct BoundOperation {
  let operation: any Operation
  /// The layer's index in the network; for fused layers, that of the first.
  let layer: Int
  let input: Shape
  let output: Shape

  /// The window of the input that one output depends on; nil if that is not a window.
  var receptiveField: ReceptiveField? { operation.receptiveField }

  /// Whether each output depends on a window of the input.
  var isLocal: Bool { receptiveField != nil }

  /// The value of the input's padding.
  var paddingValue: Float { operation.paddingValue }

  /// Whether the backward pass needs state of the forward pass besides its input and output.
  var keepsState: Bool { operation.keepsState }

  /// The weight's shape in kernels, (out, in, height, width); nil without parameters.
  var weightShape: [Int]? {
    operation.weightShape(input: input).map { $0 + [Int](repeating: 1, count: 4 - $0.count) }
  }

  /// Multiply-adds of one sample's forward pass.
  ///
  /// - Parameter outputs: the number of outputs computed in each channel, possibly only a part of the map.
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

  /// Creates the kernel for fixed shapes.
  ///
  /// - Parameters:
  ///   - padding: the padding above and to the left of the input; 0 for windows that contain their padding.
  ///   - keeps: whether a backward pass will follow.
  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ store: ParameterStore,
    _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    try operation.makeKernel(
      input: input, output: output, padding: padding, keeps: keeps, self, store, context)
  }
}
