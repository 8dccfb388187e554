/// The inputs of a pass besides activations.
struct PassInputs {
  /// The multipliers of Backdrop masks and dropout, by layer; empty outside training.
  var masks: [Int: Mask] = [:]
  /// For each sample of the pass, the sample of the batch that it is, or is a window of.
  var samples: [Int]
}

/// An operation on fixed shapes: its forward and backward computation.
protocol OperationKernel: AnyObject {
  func forward(_ input: Tensor, into output: Tensor, _ inputs: PassInputs) throws(BackdropError)

  /// Adds the parameters' gradients to their sums, and computes dL/dx if it is needed.
  ///
  /// - Parameter outputGradient: dL/dy; may be overwritten.
  func backward(
    _ outputGradient: Tensor, input: Tensor, output: Tensor, into inputGradient: Tensor?, _ inputs: PassInputs
  ) throws(BackdropError)
}
