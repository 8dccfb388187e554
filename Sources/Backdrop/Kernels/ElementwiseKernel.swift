import COneDNN

/// Element-wise functions, on memory of any layout.
///
/// The corresponding C functions are `dnnl_eltwise_forward_desc_init` and `dnnl_eltwise_backward_desc_init`.
enum ElementwiseKernel {
  /// y = x for x > 0, slope x elsewhere; the slope is 0 for an ordinary ReLU.
  final class ReLU {
    private let forward: Primitive
    private let backward: Primitive

    /// - Precondition: the slope is at least 0, so that y has the sign of x and the gradient needs only y.
    init(_ shape: TensorShape, slope: Float = 0, _ context: ComputeContext) throws(BackdropError) {
      precondition(slope >= 0)
      var memory = shape.memory
      var operation = dnnl_eltwise_desc_t()
      try check(
        dnnl_eltwise_forward_desc_init(
          &operation, dnnl_forward_training, dnnl_eltwise_relu_use_dst_for_bwd, &memory, slope, 0), "a ReLU")
      forward = try Primitive(&operation, context, "a ReLU")
      try forward.bind([(DNNL_ARG_SRC, memory), (DNNL_ARG_DST, memory)])
      try check(
        dnnl_eltwise_backward_desc_init(
          &operation, dnnl_eltwise_relu_use_dst_for_bwd, &memory, &memory, slope, 0), "the gradient of a ReLU")
      backward = try Primitive(&operation, forward: forward, context, "the gradient of a ReLU")
      try backward.bind([(DNNL_ARG_DST, memory), (DNNL_ARG_DIFF_DST, memory), (DNNL_ARG_DIFF_SRC, memory)])
    }

    func forward(
      _ input: UnsafeMutablePointer<Float>, into output: UnsafeMutablePointer<Float>
    ) throws(BackdropError) {
      try forward.run(input, output)
    }

    /// dL/dx from y and dL/dy; may be in place.
    func backward(
      _ outputGradient: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>,
      into inputGradient: UnsafeMutablePointer<Float>
    ) throws(BackdropError) {
      try backward.run(output, outputGradient, inputGradient)
    }
  }
}
