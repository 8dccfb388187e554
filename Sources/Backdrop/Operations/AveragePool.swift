import Documents

/// `nn.AvgPool2d` with square windows; the padding counts as zeros.
struct AveragePool: Operation {
  var window: PoolingWindow

  static let name = "average_pool"
  static let keys = PoolingWindow.keys

  init(_ window: PoolingWindow) { self.window = window }

  init(reading reader: LayerReader) throws(DocumentError) { window = try PoolingWindow(reading: reader) }

  var values: [String?] { window.values }

  func check() throws(BackdropError) { try window.check() }

  func outputShape(of input: Shape, isFlat: inout Bool) throws(Misfit) -> Shape {
    try window.outputShape(of: input, isFlat: isFlat)
  }

  var receptiveField: ReceptiveField? { window.receptiveField }

  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ bound: BoundOperation,
    _ store: ParameterStore, _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    try window.makeKernel(.average, input: input, output: output, padding: padding, context)
  }
}

extension Layer {
  /// `nn.AvgPool2d` with square windows; padding counts as zeros.
  ///
  /// - Parameters:
  ///   - kernel: the window's side, in pixels.
  ///   - stride: the distance between windows; `kernel` if not given.
  ///   - padding: the padding on every side of the input, at most half the kernel.
  public static func averagePool(_ kernel: Int, stride: Int? = nil, padding: Int = 0) -> Layer {
    Layer(AveragePool(PoolingWindow(kernel: kernel, stride: stride, padding: padding)))
  }
}
