import COneDNN

/// oneDNN's view of the processor: an engine, a stream, and the activation layout in which convolutions are fastest.
///
/// Only this folder uses oneDNN's types. Code outside it sees shapes, layouts and pointers.
final class ComputeContext {
  let engine: dnnl_engine_t
  let stream: dnnl_stream_t
  /// The layout of activations between convolutions.
  let activationLayout: TensorLayout
  private let threads: Int
  /// Shared by all operations, each of which uses it while it runs.
  private var scratchpadBuffer: FloatBuffer?

  /// - Parameter threads: the number of threads that oneDNN uses when called from the thread that called ``enter()``.
  /// - Throws: ``BackdropError`` with code `.oneDNN`.
  init(threads: Int) throws(BackdropError) {
    try ThreadingRuntime.check()
    var engine: dnnl_engine_t?
    try check(dnnl_engine_create(&engine, dnnl_cpu, 0), "an engine")
    var stream: dnnl_stream_t?
    let status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue)
    guard status == dnnl_success, let engine, let stream else {
      dnnl_engine_destroy(engine)
      try check(status, "a stream")
      throw BackdropError(.oneDNN, "oneDNN returned no engine")
    }
    self.engine = engine
    self.stream = stream
    self.threads = threads
    activationLayout = Self.preferredLayout(engine)
  }

  deinit {
    dnnl_stream_destroy(stream)
    dnnl_engine_destroy(engine)
  }

  /// Memory for the running operation: the maximum that any operation of this context has reserved.
  var scratchpad: UnsafeMutablePointer<Float>? { scratchpadBuffer?.pointer }

  /// Reserves memory for an operation's scratchpad.
  ///
  /// - Throws: ``BackdropError`` with code `.memory`.
  func reserveScratchpad(bytes: Int) throws(BackdropError) {
    let count = (bytes + MemoryLayout<Float>.stride - 1) / MemoryLayout<Float>.stride
    guard count > scratchpadBuffer?.count ?? 0 else { return }
    scratchpadBuffer = try FloatBuffer(count: count)
  }

  /// Sets the number of threads. OpenMP stores it for each calling thread, so it must be set before each piece of work.
  func enter() { gpgen_set_threads(Int32(threads)) }

  /// The layout that oneDNN chooses between two convolutions of 64 channels.
  private static func preferredLayout(_ engine: dnnl_engine_t) -> TensorLayout {
    func free(_ dimensions: [Int]) -> dnnl_memory_desc_t {
      memoryDescription(dimensions, tag: dnnl_format_tag_any)
    }
    var (source, weights, bias, target) = (
      free([4, 64, 64, 64]), free([64, 64, 3, 3]), free([64]), free([4, 64, 32, 32])
    )
    var operation = dnnl_convolution_desc_t()
    var strides: [dnnl_dim_t] = [2, 2]
    var paddingBefore: [dnnl_dim_t] = [1, 1]
    var paddingAfter: [dnnl_dim_t] = [0, 0]
    var description: dnnl_primitive_desc_t?
    guard
      dnnl_convolution_forward_desc_init(
        &operation, dnnl_forward_training, dnnl_convolution_direct, &source, &weights, &bias, &target, &strides,
        &paddingBefore, &paddingAfter) == dnnl_success,
      dnnl_primitive_desc_create(&description, &operation, nil, engine, nil) == dnnl_success
    else { return .plain }
    defer { dnnl_primitive_desc_destroy(description) }
    guard let chosen = dnnl_primitive_desc_query_md(description, dnnl_query_dst_md, 0) else { return .plain }
    let blocking = chosen.pointee.format_desc.blocking
    if blocking.inner_nblks == 1, blocking.inner_idxs.0 == 1, [8, 16].contains(blocking.inner_blks.0) {
      return .blocked(Int(blocking.inner_blks.0))
    }
    return blocking.inner_nblks == 0 && blocking.strides.1 == 1 ? .channelsLast : .plain
  }
}

/// - Throws: ``BackdropError`` with code `.oneDNN` if a call failed.
func check(_ status: dnnl_status_t, _ what: @autoclosure () -> String) throws(BackdropError) {
  guard status != dnnl_success else { return }
  let reason =
    switch status {
    case dnnl_out_of_memory: "out of memory"
    case dnnl_invalid_arguments: "invalid arguments"
    case dnnl_unimplemented: "not implemented"
    default: "status \(status.rawValue)"
    }
  throw BackdropError(.oneDNN, "oneDNN: \(what()): \(reason)")
}

func memoryDescription(_ dimensions: [Int], tag: dnnl_format_tag_t) -> dnnl_memory_desc_t {
  var description = dnnl_memory_desc_t()
  let status = dnnl_memory_desc_init_by_tag(
    &description, Int32(dimensions.count), dimensions.map(Int64.init), dnnl_f32, tag)
  precondition(status == dnnl_success, "oneDNN cannot describe memory of shape \(dimensions)")
  return description
}
