/// Applies the multipliers of dropout to activations and gradients, or those of a Backdrop mask to gradients only.
final class MaskKernel: OperationKernel {
  private let layer: Int
  private let masksActivations: Bool

  init(layer: Int, masksActivations: Bool) {
    self.layer = layer
    self.masksActivations = masksActivations
  }

  func forward(_ input: Tensor, into output: Tensor, _ inputs: PassInputs) throws(BackdropError) {
    output.pointer.update(from: input.pointer, count: input.shape.count)
    if masksActivations { multiply(output, inputs) }
  }

  func backward(
    _ outputGradient: Tensor, input: Tensor, output: Tensor, into inputGradient: Tensor?, _ inputs: PassInputs
  ) throws(BackdropError) {
    guard let inputGradient else { return }
    inputGradient.pointer.update(from: outputGradient.pointer, count: outputGradient.shape.count)
    multiply(inputGradient, inputs)
  }

  private func multiply(_ tensor: Tensor, _ inputs: PassInputs) {
    guard let mask = inputs.masks[layer] else { return }
    if mask.extents[2] * mask.extents[3] > 1 {
      // Only a mask on the images gets here, and a pass over images has consecutive samples.
      let first = inputs.samples.first ?? 0
      return tensor.multiply(by: mask, samples: first..<first + inputs.samples.count)
    }
    for sample in 0..<tensor.shape.samples {
      tensor.multiply(sample: sample) { mask[inputs.samples[sample], $0, 0, 0] }
    }
  }
}
