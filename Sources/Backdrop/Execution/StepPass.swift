/// What a pass is given beside its activations.
struct PassInputs {
  /// The factors of the layers that have some: masks' and dropout's. None outside training.
  var factors: [Int: Mask] = [:]
  /// Which sample of the batch each of the pass's samples is, or is a window of.
  var samples: [Int]
}

/// One step on fixed shapes: forward, and what its backward needs.
protocol StepPass: AnyObject {
  func forward(_ input: Tensor, into output: Tensor, _ inputs: PassInputs) throws(BackdropError)

  /// Adds the parameters' gradients to their sums, and leaves dL/dx where it is wanted.
  ///
  /// - Parameter outputGradient: dL/dy; may be changed.
  func backward(
    _ outputGradient: Tensor, input: Tensor, output: Tensor, into inputGradient: Tensor?, _ inputs: PassInputs
  ) throws(BackdropError)
}

/// A convolution, and the ReLU after it.
final class ConvolutionPass: StepPass {
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

/// A ReLU that follows something else than a convolution.
final class ReLUPass: StepPass {
  private let kernel: ElementwiseKernel.ReLU

  init(_ shape: TensorShape, _ context: ComputeContext) throws(BackdropError) {
    kernel = try ElementwiseKernel.ReLU(shape, context)
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

/// Maximum, average and global average.
final class PoolingPass: StepPass {
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

/// The elements of a map in the order (C, H, W).
final class FlattenPass: StepPass {
  func forward(_ input: Tensor, into output: Tensor, _ inputs: PassInputs) throws(BackdropError) {
    output.setElements(try input.elements())
  }

  func backward(
    _ outputGradient: Tensor, input: Tensor, output: Tensor, into inputGradient: Tensor?, _ inputs: PassInputs
  ) throws(BackdropError) {
    inputGradient?.setElements(try outputGradient.elements())
  }
}

/// A linear layer.
final class LinearPass: StepPass {
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

/// Dropout, whose factors work both ways, or a mask, whose factors work backward only.
final class FactorPass: StepPass {
  private let layer: Int
  private let actsForward: Bool

  init(layer: Int, actsForward: Bool) {
    self.layer = layer
    self.actsForward = actsForward
  }

  func forward(_ input: Tensor, into output: Tensor, _ inputs: PassInputs) throws(BackdropError) {
    output.pointer.update(from: input.pointer, count: input.shape.count)
    if actsForward { scale(output, inputs) }
  }

  func backward(
    _ outputGradient: Tensor, input: Tensor, output: Tensor, into inputGradient: Tensor?, _ inputs: PassInputs
  ) throws(BackdropError) {
    guard let inputGradient else { return }
    inputGradient.pointer.update(from: outputGradient.pointer, count: outputGradient.shape.count)
    scale(inputGradient, inputs)
  }

  private func scale(_ tensor: Tensor, _ inputs: PassInputs) {
    guard let factors = inputs.factors[layer] else { return }
    if factors.extents[2] * factors.extents[3] > 1 {
      // A mask of the images, of which passes have consecutive ones.
      let first = inputs.samples.first ?? 0
      return tensor.multiply(by: factors, samples: first..<first + inputs.samples.count)
    }
    for sample in 0..<tensor.shape.samples {
      tensor.multiply(sample: sample) { factors[inputs.samples[sample], $0, 0, 0] }
    }
  }
}
