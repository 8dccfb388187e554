import COneDNN

/// Pooling on fixed shapes, forward and backward.
///
/// The corresponding C functions are `dnnl_pooling_forward_desc_init` and `dnnl_pooling_backward_desc_init`.
final class PoolingKernel {
  /// The function of a window.
  enum Kind {
    case maximum
    /// Padding counts as zeros.
    case average
  }

  private let forward: Primitive
  private let backward: Primitive
  /// The positions of the maxima; nil for averages.
  private let workspace: FloatBuffer?

  /// - Parameters:
  ///   - kernel: the height and width of the windows.
  ///   - padding: the padding above and to the left of the input.
  init(
    _ kind: Kind, input: TensorShape, output: TensorShape, kernel: (Int, Int), stride: Int, padding: (Int, Int),
    _ context: ComputeContext
  ) throws(BackdropError) {
    let algorithm = kind == .maximum ? dnnl_pooling_max : dnnl_pooling_avg_include_padding
    var (source, target) = (input.memory, output.memory)
    var window = [Int64(kernel.0), Int64(kernel.1)]
    var strides = [Int64(stride), Int64(stride)]
    var paddingBefore = [Int64(padding.0), Int64(padding.1)]
    var paddingAfter = [
      Int64(max(0, (output.height - 1) * stride + kernel.0 - input.height - padding.0)),
      Int64(max(0, (output.width - 1) * stride + kernel.1 - input.width - padding.1)),
    ]
    var operation = dnnl_pooling_desc_t()
    try check(
      dnnl_pooling_forward_desc_init(
        &operation, dnnl_forward_training, algorithm, &source, &target, &strides, &window, &paddingBefore,
        &paddingAfter), "a pooling")
    forward = try Primitive(&operation, context, "a pooling")
    try check(
      dnnl_pooling_backward_desc_init(
        &operation, algorithm, &source, &target, &strides, &window, &paddingBefore, &paddingAfter),
      "the gradient of a pooling")
    backward = try Primitive(&operation, forward: forward, context, "the gradient of a pooling")
    if kind == .maximum {
      var places = try forward.memory(dnnl_query_workspace_md)
      workspace = try FloatBuffer(count: dnnl_memory_desc_get_size(&places) / MemoryLayout<Float>.stride + 1)
      try forward.bind([(DNNL_ARG_SRC, source), (DNNL_ARG_DST, target), (DNNL_ARG_WORKSPACE, places)])
      try backward.bind([(DNNL_ARG_DIFF_DST, target), (DNNL_ARG_DIFF_SRC, source), (DNNL_ARG_WORKSPACE, places)])
    } else {
      workspace = nil
      try forward.bind([(DNNL_ARG_SRC, source), (DNNL_ARG_DST, target)])
      try backward.bind([(DNNL_ARG_DIFF_DST, target), (DNNL_ARG_DIFF_SRC, source)])
    }
  }

  func forward(
    _ input: UnsafeMutablePointer<Float>, into output: UnsafeMutablePointer<Float>
  ) throws(BackdropError) {
    if let workspace {
      try forward.run(input, output, workspace.pointer)
    } else {
      try forward.run(input, output)
    }
  }

  /// Computes dL/dx from dL/dy, for the input of the last forward pass.
  func backward(
    _ outputGradient: UnsafeMutablePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>
  ) throws(BackdropError) {
    if let workspace {
      try backward.run(outputGradient, inputGradient, workspace.pointer)
    } else {
      try backward.run(outputGradient, inputGradient)
    }
  }
}
