import COneDNN

/// A convolution with bias on fixed shapes, optionally followed by a ReLU: the forward pass and both gradients.
///
/// The corresponding C functions are `dnnl_convolution_forward_desc_init` and its two backward counterparts.
final class ConvolutionKernel {
  /// The position of the kernel's windows on the input.
  struct Geometry: Hashable {
    var input: TensorShape
    var output: TensorShape
    var kernel: Int
    var stride: Int
    /// Zeros above the input.
    var top: Int
    /// Zeros left of the input.
    var left: Int

    /// Zeros below and to the right of the input, as the output's size requires: oneDNN's `padding_r`.
    fileprivate var paddingAfter: [dnnl_dim_t] {
      [
        Int64(max(0, (output.height - 1) * stride + kernel - input.height - top)),
        Int64(max(0, (output.width - 1) * stride + kernel - input.width - left)),
      ]
    }
    fileprivate var strides: [dnnl_dim_t] { [Int64(stride), Int64(stride)] }
    /// Zeros above and to the left of the input: oneDNN's `padding_l`.
    fileprivate var paddingBefore: [dnnl_dim_t] { [Int64(top), Int64(left)] }
    fileprivate var weightShape: [Int] { [output.channels, input.channels, kernel, kernel] }
  }

  let geometry: Geometry
  private let weights: PackedWeights
  private let context: ComputeContext
  private let forward: Primitive
  private let forwardWeights: Int
  private var backwardData: (primitive: Primitive, weights: Int)?
  private var backwardWeights: WeightGradient?

  /// - Parameters:
  ///   - fusesReLU: whether the output is max(convolution, 0).
  ///   - keeps: whether a backward pass will follow.
  init(
    _ geometry: Geometry, fusesReLU: Bool, keeps: Bool, weights: PackedWeights, _ context: ComputeContext
  ) throws(BackdropError) {
    self.geometry = geometry
    self.weights = weights
    self.context = context
    var (source, target, bias) = (geometry.input.memory, geometry.output.memory, Self.biasMemory(geometry))
    var filter = memoryDescription(geometry.weightShape, tag: dnnl_format_tag_any)
    var (strides, paddingBefore, paddingAfter) = (geometry.strides, geometry.paddingBefore, geometry.paddingAfter)
    var operation = dnnl_convolution_desc_t()
    try check(
      dnnl_convolution_forward_desc_init(
        &operation, keeps ? dnnl_forward_training : dnnl_forward_inference, dnnl_convolution_direct, &source, &filter,
        &bias, &target, &strides, &paddingBefore, &paddingAfter), "a convolution")
    forward = try Primitive(&operation, fusesReLU: fusesReLU, context, "a convolution")
    let chosen = try forward.memory(dnnl_query_weights_md)
    forwardWeights = try weights.register(chosen)
    try forward.bind([
      (DNNL_ARG_SRC, source), (DNNL_ARG_WEIGHTS, chosen), (DNNL_ARG_BIAS, bias), (DNNL_ARG_DST, target),
    ])
  }

  /// - Parameter bias: shape (C out).
  func forward(
    _ input: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
  ) throws(BackdropError) {
    try forward.run(input, weights.pointer(forwardWeights), UnsafeMutableRawPointer(mutating: bias), output)
  }

  /// Computes dL/dx from dL/dy, where y is the convolution before a ReLU.
  func backward(
    _ outputGradient: UnsafeMutablePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>
  ) throws(BackdropError) {
    let (primitive, number) = try backwardDataKernel()
    try primitive.run(outputGradient, weights.pointer(number), inputGradient)
  }

  /// Computes dL/dw and dL/db from dL/dy and x, and adds them to their sums.
  ///
  /// - Parameter biasSum: shape (C out).
  func addGradients(
    _ outputGradient: UnsafeMutablePointer<Float>, input: UnsafeMutablePointer<Float>,
    biasSum: UnsafeMutablePointer<Float>
  ) throws(BackdropError) {
    let kernel = try backwardWeightsKernel()
    var gradient = outputGradient
    if let (reorder, plain) = kernel.reordering {
      try reorder.run(outputGradient, plain.pointer)
      gradient = plain.pointer
    }
    try kernel.primitive.run(input, gradient, kernel.sum.packed.pointer, kernel.bias.pointer)
    kernel.sum.add()
    for index in 0..<geometry.output.channels { biasSum[index] += kernel.bias.pointer[index] }
  }

  /// The kernels that oneDNN has chosen, for diagnosing their speed.
  func implementations() throws(BackdropError) -> (forward: String, byInput: String, byWeights: String) {
    (
      forward.implementation, try backwardDataKernel().primitive.implementation,
      try backwardWeightsKernel().primitive.implementation
    )
  }

  private static func biasMemory(_ geometry: Geometry) -> dnnl_memory_desc_t {
    memoryDescription([geometry.output.channels], tag: dnnl_a)
  }

  private func backwardDataKernel() throws(BackdropError) -> (primitive: Primitive, weights: Int) {
    if let backwardData { return backwardData }
    var (source, target) = (geometry.input.memory, geometry.output.memory)
    var filter = memoryDescription(geometry.weightShape, tag: dnnl_format_tag_any)
    var (strides, paddingBefore, paddingAfter) = (geometry.strides, geometry.paddingBefore, geometry.paddingAfter)
    var operation = dnnl_convolution_desc_t()
    let name = "the input gradient of a convolution"
    try check(
      dnnl_convolution_backward_data_desc_init(
        &operation, dnnl_convolution_direct, &source, &filter, &target, &strides, &paddingBefore, &paddingAfter),
      name)
    let primitive = try Primitive(&operation, forward: forward, context, name)
    let chosen = try primitive.memory(dnnl_query_weights_md)
    try primitive.bind([(DNNL_ARG_DIFF_DST, target), (DNNL_ARG_WEIGHTS, chosen), (DNNL_ARG_DIFF_SRC, source)])
    let kernel = (primitive, try weights.register(chosen))
    backwardData = kernel
    return kernel
  }

  /// The gradient with respect to the weights.
  private struct WeightGradient {
    let primitive: Primitive
    let sum: GradientSum
    let bias: FloatBuffer
    /// Converts dL/dy to the plain layout first; nil if the kernel reads it as it is.
    let reordering: (reorder: Primitive, plain: FloatBuffer)?
  }

  private func backwardWeightsKernel() throws(BackdropError) -> WeightGradient {
    if let backwardWeights { return backwardWeights }
    let (source, bias) = (geometry.input.memory, Self.biasMemory(geometry))
    var target = geometry.output.memory
    var primitive = try weightGradient(of: target)
    var reordering: (reorder: Primitive, plain: FloatBuffer)?
    if primitive.isReference {
      // For one input channel oneDNN has no AVX2 kernel that reads blocks of channels. In the plain layout it
      // multiplies matrices, which is many times faster than its reference kernel.
      var plain = geometry.output
      plain.layout = .plain
      let candidate = try weightGradient(of: plain.memory)
      if !candidate.isReference {
        reordering = (
          try Primitive(reordering: target, into: plain.memory, context), try FloatBuffer(count: plain.count)
        )
        (primitive, target) = (candidate, plain.memory)
      }
    }
    let chosen = try primitive.memory(dnnl_query_diff_weights_md)
    try primitive.bind([
      (DNNL_ARG_SRC, source), (DNNL_ARG_DIFF_DST, target), (DNNL_ARG_DIFF_WEIGHTS, chosen),
      (DNNL_ARG_DIFF_BIAS, bias),
    ])
    let kernel = WeightGradient(
      primitive: primitive, sum: try weights.gradientSum(chosen),
      // One extra block of channels: kernels may write whole vectors.
      bias: try FloatBuffer(count: geometry.output.channels + 16), reordering: reordering)
    backwardWeights = kernel
    return kernel
  }

  /// - Parameter target: the memory of dL/dy.
  private func weightGradient(of target: dnnl_memory_desc_t) throws(BackdropError) -> Primitive {
    var (source, target, bias) = (geometry.input.memory, target, Self.biasMemory(geometry))
    var filter = memoryDescription(geometry.weightShape, tag: dnnl_format_tag_any)
    var (strides, paddingBefore, paddingAfter) = (geometry.strides, geometry.paddingBefore, geometry.paddingAfter)
    var operation = dnnl_convolution_desc_t()
    let name = "the weight gradient of a convolution"
    try check(
      dnnl_convolution_backward_weights_desc_init(
        &operation, dnnl_convolution_direct, &source, &filter, &bias, &target, &strides, &paddingBefore, &paddingAfter),
      name)
    return try Primitive(&operation, forward: forward, context, name)
  }
}
