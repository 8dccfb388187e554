import COneDNN

/// A linear layer with bias on fixed shapes: the forward pass and both gradients. The input may be a map in any layout;
/// the weights' columns correspond to the map's elements in the order (C, H, W).
///
/// The corresponding C functions are `dnnl_inner_product_forward_desc_init` and its two backward counterparts.
final class LinearKernel {
  private let outputs: Int
  private let weights: PackedWeights
  private let forward: Primitive
  private let forwardWeights: Int
  private let backwardData: Primitive
  private let backwardDataWeights: Int
  private let backwardWeights: Primitive
  private let sum: GradientSum
  private let biasGradient: FloatBuffer

  init(
    input: TensorShape, outputs: Int, weights: PackedWeights, _ context: ComputeContext
  ) throws(BackdropError) {
    self.outputs = outputs
    self.weights = weights
    let shape = [outputs, input.channels, input.height, input.width]
    var source = input.memory
    var target = memoryDescription([input.samples, outputs], tag: dnnl_ab)
    var bias = memoryDescription([outputs], tag: dnnl_a)
    var filter = memoryDescription(shape, tag: dnnl_format_tag_any)
    var operation = dnnl_inner_product_desc_t()

    try check(
      dnnl_inner_product_forward_desc_init(&operation, dnnl_forward_training, &source, &filter, &bias, &target),
      "a linear layer")
    forward = try Primitive(&operation, context, "a linear layer")
    var chosen = try forward.memory(dnnl_query_weights_md)
    forwardWeights = try weights.register(chosen)
    try forward.bind([
      (DNNL_ARG_SRC, source), (DNNL_ARG_WEIGHTS, chosen), (DNNL_ARG_BIAS, bias), (DNNL_ARG_DST, target),
    ])

    let byInput = "the input gradient of a linear layer"
    try check(dnnl_inner_product_backward_data_desc_init(&operation, &source, &filter, &target), byInput)
    backwardData = try Primitive(&operation, forward: forward, context, byInput)
    chosen = try backwardData.memory(dnnl_query_weights_md)
    backwardDataWeights = try weights.register(chosen)
    try backwardData.bind([(DNNL_ARG_DIFF_DST, target), (DNNL_ARG_WEIGHTS, chosen), (DNNL_ARG_DIFF_SRC, source)])

    let byWeights = "the weight gradient of a linear layer"
    try check(
      dnnl_inner_product_backward_weights_desc_init(&operation, &source, &filter, &bias, &target), byWeights)
    backwardWeights = try Primitive(&operation, forward: forward, context, byWeights)
    chosen = try backwardWeights.memory(dnnl_query_diff_weights_md)
    sum = try weights.gradientSum(chosen)
    biasGradient = try FloatBuffer(count: outputs + 16)
    try backwardWeights.bind([
      (DNNL_ARG_SRC, source), (DNNL_ARG_DIFF_DST, target), (DNNL_ARG_DIFF_WEIGHTS, chosen),
      (DNNL_ARG_DIFF_BIAS, bias),
    ])
  }

  /// - Parameter bias: shape (outputs).
  func forward(
    _ input: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
  ) throws(BackdropError) {
    try forward.run(input, weights.pointer(forwardWeights), UnsafeMutableRawPointer(mutating: bias), output)
  }

  /// Computes dL/dx from dL/dy.
  func backward(
    _ outputGradient: UnsafeMutablePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>
  ) throws(BackdropError) {
    try backwardData.run(outputGradient, weights.pointer(backwardDataWeights), inputGradient)
  }

  /// Adds dL/dw, shape (outputs, C * H * W), and dL/db, shape (outputs), to the sums.
  func addGradients(
    _ outputGradient: UnsafeMutablePointer<Float>, input: UnsafeMutablePointer<Float>,
    biasSum: UnsafeMutablePointer<Float>
  ) throws(BackdropError) {
    try backwardWeights.run(input, outputGradient, sum.packed.pointer, biasGradient.pointer)
    sum.add()
    for index in 0..<outputs { biasSum[index] += biasGradient.pointer[index] }
  }
}
