/// What a kernel is given besides its activations.
struct PassInputs {
  /// The multipliers of Backdrop masks and dropout, by layer. None outside training.
  var masks: [Int: Mask] = [:]
  /// The sample of the batch that each of the pass's samples is, or is a window of.
  var samples: [Int]
}

/// One operation on fixed shapes: its forward and its backward computation.
protocol OperationKernel: AnyObject {
  func forward(_ input: Tensor, into output: Tensor, _ inputs: PassInputs) throws(BackdropError)

  /// Adds the parameters' gradients to their sums, and computes dL/dx where it is wanted.
  ///
  /// - Parameter outputGradient: dL/dy; may be overwritten.
  func backward(
    _ outputGradient: Tensor, input: Tensor, output: Tensor, into inputGradient: Tensor?, _ inputs: PassInputs
  ) throws(BackdropError)
}
