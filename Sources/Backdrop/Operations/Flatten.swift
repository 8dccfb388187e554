/// `nn.Flatten`: a map's elements in the order (C, H, W).
struct Flatten: PlainOperation {
  static let name = "flatten"

  func outputShape(of input: Shape, isFlat: inout Bool) throws(Misfit) -> Shape {
    isFlat = true
    return Shape(channels: input.count, height: 1, width: 1)
  }

  var receptiveField: ReceptiveField? { nil }

  func outputLayout(from input: TensorLayout, convolutions: TensorLayout) -> TensorLayout { .plain }

  /// A map of one element is already flat.
  func isIdentity(on input: Shape) -> Bool { input.height * input.width == 1 }

  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ bound: BoundOperation,
    _ store: ParameterStore, _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    Kernel()
  }

  private final class Kernel: OperationKernel {
    func forward(_ input: Tensor, into output: Tensor, _ inputs: PassInputs) throws(BackdropError) {
      output.setElements(try input.elements())
    }

    func backward(
      _ outputGradient: Tensor, input: Tensor, output: Tensor, into inputGradient: Tensor?, _ inputs: PassInputs
    ) throws(BackdropError) {
      inputGradient?.setElements(try outputGradient.elements())
    }
  }
}

extension Layer {
  /// `nn.Flatten`: a map's elements in the order (C, H, W).
  public static var flatten: Layer { Layer(Flatten()) }
}
