import Documents

/// `nn.Conv2d` with a square kernel and a bias.
package struct Convolution: Operation {
  /// The number of output channels.
  package var channels: Int
  /// The kernel's side.
  package var kernel: Int
  /// The distance between outputs, in pixels of the input.
  package var stride = 1
  /// Zeros around the input, on every side.
  package var padding = 0
  /// Whether the ReLU that follows is fused into it: see ``fused(with:)``.
  private(set) var fusesReLU = false

  static let name = "convolution"
  static let keys: [LayerKey] = [.channels, .kernel, .stride, .padding]

  init(channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0) {
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  init(reading reader: LayerReader) throws(DocumentError) {
    channels = try reader.integer(.channels)
    kernel = try reader.integer(.kernel)
    stride = try reader.integer(.stride, default: 1)
    padding = try reader.integer(.padding, default: 0)
  }

  var values: [String?] { ["\(channels)", "\(kernel)", "\(stride)", "\(padding)"] }

  func check() throws(BackdropError) {
    try Network.check(channels, "channels", in: Network.channelRange)
    try Network.check(kernel, "kernel", in: Network.windowRange)
    try Network.check(stride, "stride", in: Network.windowRange)
    try Network.check(padding, "padding", in: 0...Network.windowRange.upperBound)
  }

  func outputShape(of input: Shape, isFlat: inout Bool) throws(Misfit) -> Shape {
    try Misfit.requireMap(isFlat: isFlat)
    return try window.outputShape(of: input, channels: channels)
  }

  func weightShape(input: Shape) -> [Int]? { [channels, input.channels, kernel, kernel] }

  private var window: ReceptiveField { ReceptiveField(kernel: kernel, stride: stride, padding: padding) }
  var receptiveField: ReceptiveField? { window }

  func multiplyAdds(input: Shape, output: Shape, outputs: Int) -> Double {
    Double(outputs) * Double(output.channels * input.channels) * Double(kernel * kernel)
  }

  func outputLayout(from input: TensorLayout, convolutions: TensorLayout) -> TensorLayout { convolutions }

  func fused(with next: any Operation) -> (any Operation)? {
    guard next is ReLU, !fusesReLU else { return nil }
    var fused = self
    fused.fusesReLU = true
    return fused
  }

  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ bound: BoundOperation,
    _ store: ParameterStore, _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    try Kernel(
      ConvolutionKernel.Geometry(
        input: input, output: output, kernel: kernel, stride: stride, top: padding, left: padding),
      fusesReLU: fusesReLU, keeps: keeps, store.parameters(ofLayer: bound.layer), context)
  }

  /// The convolution, with the ReLU that is fused into it.
  private final class Kernel: OperationKernel {
    private let kernel: ConvolutionKernel
    private let relu: ElementwiseKernel.ReLU?
    private let parameters: LayerParameters

    init(
      _ geometry: ConvolutionKernel.Geometry, fusesReLU: Bool, keeps: Bool, _ parameters: LayerParameters,
      _ context: ComputeContext
    ) throws(BackdropError) {
      self.parameters = parameters
      kernel = try ConvolutionKernel(
        geometry, fusesReLU: fusesReLU, keeps: keeps, weights: parameters.packed, context)
      relu = fusesReLU && keeps ? try ElementwiseKernel.ReLU(geometry.output, context) : nil
    }

    func forward(_ input: Tensor, into output: Tensor, _ inputs: PassInputs) throws(BackdropError) {
      try kernel.forward(input.pointer, bias: parameters.bias, into: output.pointer)
    }

    func backward(
      _ outputGradient: Tensor, input: Tensor, output: Tensor, into inputGradient: Tensor?, _ inputs: PassInputs
    ) throws(BackdropError) {
      try relu?.backward(outputGradient.pointer, output: output.pointer, into: outputGradient.pointer)
      try kernel.addGradients(
        outputGradient.pointer, input: input.pointer, biasSum: parameters.biasSum)
      if let inputGradient { try kernel.backward(outputGradient.pointer, into: inputGradient.pointer) }
    }
  }
}

extension Layer {
  /// `nn.Conv2d` with a square kernel and a bias.
  ///
  /// - Parameters:
  ///   - channels: the number of output channels.
  ///   - kernel: the kernel's side, in pixels.
  ///   - stride: the distance between outputs, in pixels of the input.
  ///   - padding: zeros around the input, on every side.
  public static func convolution(_ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0) -> Layer {
    Layer(Convolution(channels: channels, kernel: kernel, stride: stride, padding: padding))
  }

  /// The convolution; nil if the layer is another operation.
  package var convolution: Convolution? { operation as? Convolution }
}
