import Documents

/// The windows of a pooling layer.
struct PoolingWindow: Equatable, Sendable {
  /// The window's side.
  var kernel: Int
  /// The distance between windows.
  var stride: Int
  /// The padding on every side of the input, at most half the kernel.
  var padding: Int

  static let keys: [LayerKey] = [.kernel, .stride, .padding]

  /// - Parameter stride: the distance between windows; `kernel` if not given.
  init(kernel: Int, stride: Int? = nil, padding: Int = 0) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
  }

  init(reading reader: LayerReader) throws(DocumentError) {
    kernel = try reader.integer(.kernel)
    stride = try reader.integer(.stride, default: kernel)
    padding = try reader.integer(.padding, default: 0)
  }

  var values: [String?] { ["\(kernel)", "\(stride)", "\(padding)"] }

  func check() throws(BackdropError) {
    try Network.check(kernel, "kernel", in: Network.windowRange)
    try Network.check(stride, "stride", in: Network.windowRange)
    try Network.check(padding, "padding", in: 0...kernel / 2, "half the kernel")
  }

  func outputShape(of input: Shape, isFlat: Bool) throws(Misfit) -> Shape {
    try Misfit.requireMap(isFlat: isFlat)
    return try receptiveField.outputShape(of: input, channels: input.channels)
  }

  var receptiveField: ReceptiveField { ReceptiveField(kernel: kernel, stride: stride, padding: padding) }

  func makeKernel(
    _ kind: PoolingKernel.Kind, input: TensorShape, output: TensorShape, padding: Int, _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    PoolingOperationKernel(
      try PoolingKernel(
        kind, input: input, output: output, kernel: (kernel, kernel), stride: stride, padding: (padding, padding),
        context))
  }
}

/// The kernel of max, average and global average pooling.
final class PoolingOperationKernel: OperationKernel {
  private let kernel: PoolingKernel

  init(_ kernel: PoolingKernel) { self.kernel = kernel }

  func forward(_ input: Tensor, into output: Tensor, _ inputs: PassInputs) throws(BackdropError) {
    try kernel.forward(input.pointer, into: output.pointer)
  }

  func backward(
    _ outputGradient: Tensor, input: Tensor, output: Tensor, into inputGradient: Tensor?, _ inputs: PassInputs
  ) throws(BackdropError) {
    guard let inputGradient else { return }
    try kernel.backward(outputGradient.pointer, into: inputGradient.pointer)
  }
}
