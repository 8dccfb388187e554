/// `nn.AdaptiveAvgPool2d(1)`: each channel's mean.
struct GlobalAveragePool: PlainOperation {
  static let name = "global_average_pool"

  func outputShape(of input: Shape, isFlat: inout Bool) throws(Misfit) -> Shape {
    try Misfit.requireMap(isFlat: isFlat)
    return Shape(channels: input.channels, height: 1, width: 1)
  }

  var receptiveField: ReceptiveField? { nil }

  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ bound: BoundOperation,
    _ store: ParameterStore, _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    PoolingOperationKernel(
      try PoolingKernel(
        .average, input: input, output: output, kernel: (input.height, input.width), stride: 1, padding: (0, 0),
        context))
  }
}

extension Layer {
  /// `nn.AdaptiveAvgPool2d(1)`: each channel's mean.
  public static var globalAveragePool: Layer { Layer(GlobalAveragePool()) }
}
