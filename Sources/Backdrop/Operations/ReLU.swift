/// `nn.ReLU`: y = max(x, 0).
struct ReLU: PlainOperation {
  static let name = "relu"

  var varianceGain: Double { 2 }

  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ bound: BoundOperation,
    _ store: ParameterStore, _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    try Kernel(output, context)
  }

  /// A ReLU that is not fused into a convolution; with a slope for x <= 0, a leaky ReLU.
  final class Kernel: OperationKernel {
    private let kernel: ElementwiseKernel.ReLU

    init(_ shape: TensorShape, slope: Float = 0, _ context: ComputeContext) throws(BackdropError) {
      kernel = try ElementwiseKernel.ReLU(shape, slope: slope, context)
    }

    func forward(_ input: Tensor, into output: Tensor, _ inputs: PassInputs) throws(BackdropError) {
      try kernel.forward(input.pointer, into: output.pointer)
    }

    func backward(
      _ outputGradient: Tensor, input: Tensor, output: Tensor, into inputGradient: Tensor?, _ inputs: PassInputs
    ) throws(BackdropError) {
      guard let inputGradient else { return }
      try kernel.backward(outputGradient.pointer, output: output.pointer, into: inputGradient.pointer)
    }
  }
}

extension Layer {
  /// `nn.ReLU`: y = max(x, 0).
  public static var relu: Layer { Layer(ReLU()) }
}
