import Documents

/// `nn.Linear` with a bias.
struct Linear: Operation {
  var outputs: Int

  static let name = "linear"
  static let keys = [outputsKey]
  private static let outputsKey = LayerKey(
    name: "outputs", expectation: LayerKey.wholeNumber(in: Network.channelRange))

  init(outputs: Int) { self.outputs = outputs }

  init(reading reader: LayerReader) throws(DocumentError) { outputs = try reader.integer(Self.outputsKey) }

  var values: [String?] { ["\(outputs)"] }

  func check() throws(BackdropError) { try Network.check(outputs, "outputs", in: Network.channelRange) }

  func outputShape(of input: Shape, isFlat: inout Bool) throws(Misfit) -> Shape {
    guard input.height == 1, input.width == 1 else {
      throw .invalid(
        "found a map of \(input.height)x\(input.width) before it, expected a flattened input; add a `flatten` layer"
          + " before it, or `global_average_pool` and `flatten`")
    }
    isFlat = true
    return Shape(channels: outputs, height: 1, width: 1)
  }

  func weightShape(input: Shape) -> [Int]? { [outputs, input.channels] }

  var receptiveField: ReceptiveField? { nil }

  func multiplyAdds(input: Shape, output: Shape, outputs: Int) -> Double {
    Double(input.count) * Double(output.count)
  }

  func outputLayout(from input: TensorLayout, convolutions: TensorLayout) -> TensorLayout { .plain }

  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ bound: BoundOperation,
    _ store: ParameterStore, _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    try Kernel(input: input, outputs: output.channels, store.parameters(ofLayer: bound.layer), context)
  }

  private final class Kernel: OperationKernel {
    private let kernel: LinearKernel
    private let parameters: LayerParameters

    init(
      input: TensorShape, outputs: Int, _ parameters: LayerParameters, _ context: ComputeContext
    ) throws(BackdropError) {
      self.parameters = parameters
      kernel = try LinearKernel(input: input, outputs: outputs, weights: parameters.packed, context)
    }

    func forward(_ input: Tensor, into output: Tensor, _ inputs: PassInputs) throws(BackdropError) {
      try kernel.forward(input.pointer, bias: parameters.bias, into: output.pointer)
    }

    func backward(
      _ outputGradient: Tensor, input: Tensor, output: Tensor, into inputGradient: Tensor?, _ inputs: PassInputs
    ) throws(BackdropError) {
      try kernel.addGradients(
        outputGradient.pointer, input: input.pointer, biasSum: parameters.biasSum)
      if let inputGradient { try kernel.backward(outputGradient.pointer, into: inputGradient.pointer) }
    }
  }
}

extension Layer {
  /// `nn.Linear` with a bias.
  public static func linear(_ outputs: Int) -> Layer { Layer(Linear(outputs: outputs)) }
}
