import Documents

/// `nn.MaxPool2d` with square windows.
struct MaxPool: Operation {
  var window: PoolingWindow

  static let name = "max_pool"
  static let keys = PoolingWindow.keys

  init(_ window: PoolingWindow) { self.window = window }

  init(reading reader: LayerReader) throws(DocumentError) { window = try PoolingWindow(reading: reader) }

  var values: [String?] { window.values }

  func check() throws(BackdropError) { try window.check() }

  func outputShape(of input: Shape, isFlat: inout Bool) throws(Misfit) -> Shape {
    try window.outputShape(of: input, isFlat: isFlat)
  }

  var receptiveField: ReceptiveField? { window.receptiveField }
  /// The lowest finite number, so that padding is never the maximum.
  var paddingValue: Float { -.greatestFiniteMagnitude }

  /// The backward pass needs the positions of the maxima.
  var keepsState: Bool { true }

  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ bound: BoundOperation,
    _ store: ParameterStore, _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    try window.makeKernel(.maximum, input: input, output: output, padding: padding, context)
  }
}

extension Layer {
  /// `nn.MaxPool2d` with square windows.
  ///
  /// - Parameters:
  ///   - kernel: the window's side, in pixels.
  ///   - stride: the distance between windows; `kernel` if not given.
  ///   - padding: the padding on every side of the input, at most half the kernel.
  public static func maxPool(_ kernel: Int, stride: Int? = nil, padding: Int = 0) -> Layer {
    Layer(MaxPool(PoolingWindow(kernel: kernel, stride: stride, padding: padding)))
  }
}
