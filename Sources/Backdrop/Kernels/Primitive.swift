import COneDNN

/// One operation of oneDNN on fixed shapes, made once and run often.
final class Primitive {
  private let primitive: dnnl_primitive_t
  private let description: dnnl_primitive_desc_t
  private let context: ComputeContext
  private var arguments: [dnnl_exec_arg_t] = []

  /// - Parameters:
  ///   - operation: a `dnnl_*_desc_t`.
  ///   - fusesReLU: apply max(x, 0) to the result.
  ///   - forward: the forward operation that this is the backward of.
  ///   - name: for errors.
  convenience init(
    _ operation: UnsafeRawPointer, fusesReLU: Bool = false, forward: Primitive? = nil, _ context: ComputeContext,
    _ name: String
  ) throws(BackdropError) {
    var attributes: dnnl_primitive_attr_t?
    if fusesReLU {
      var steps: dnnl_post_ops_t?
      try check(dnnl_primitive_attr_create(&attributes), name)
      try check(dnnl_post_ops_create(&steps), name)
      try check(dnnl_post_ops_append_eltwise(steps, 1, dnnl_eltwise_relu, 0, 0), name)
      try check(dnnl_primitive_attr_set_post_ops(attributes, steps), name)
      dnnl_post_ops_destroy(steps)
    }
    var description: dnnl_primitive_desc_t?
    let status = dnnl_primitive_desc_create(&description, operation, attributes, context.engine, forward?.description)
    dnnl_primitive_attr_destroy(attributes)
    try check(status, name)
    try self.init(description: description, context, name)
  }

  /// Copies a memory of one layout into another.
  convenience init(
    reordering source: dnnl_memory_desc_t, into target: dnnl_memory_desc_t, _ context: ComputeContext
  ) throws(BackdropError) {
    var (source, target) = (source, target)
    var description: dnnl_primitive_desc_t?
    try check(
      dnnl_reorder_primitive_desc_create(&description, &source, context.engine, &target, context.engine, nil),
      "a reordering")
    try self.init(description: description, context, "a reordering")
    try bind([(DNNL_ARG_FROM, source), (DNNL_ARG_TO, target)])
  }

  private init(description: dnnl_primitive_desc_t?, _ context: ComputeContext, _ name: String) throws(BackdropError) {
    var primitive: dnnl_primitive_t?
    let status = dnnl_primitive_create(&primitive, description)
    guard status == dnnl_success, let primitive, let description else {
      dnnl_primitive_desc_destroy(description)
      try check(status, name)
      throw BackdropError(.oneDNN, "oneDNN gave no primitive for \(name)")
    }
    self.primitive = primitive
    self.description = description
    self.context = context
  }

  deinit {
    for argument in arguments { dnnl_memory_destroy(argument.memory) }
    dnnl_primitive_destroy(primitive)
    dnnl_primitive_desc_destroy(description)
  }

  /// The layout that the operation has chosen, or was given, for one of its memories.
  func memory(_ what: dnnl_query_t) -> dnnl_memory_desc_t {
    dnnl_primitive_desc_query_md(description, what, 0)?.pointee ?? dnnl_memory_desc_t()
  }

  /// The kernel that oneDNN has chosen: "jit:avx512_core", say, or a slow "ref:any".
  var implementation: String {
    var text: UnsafePointer<CChar>?
    let status = withUnsafeMutablePointer(to: &text) {
      dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, $0)
    }
    return status == dnnl_success ? text.map { String(cString: $0) } ?? "" : ""
  }

  /// Whether oneDNN has no kernel but its slow reference for this operation.
  var isReference: Bool { implementation.hasPrefix("ref") }

  /// Says which memories ``run(_:)`` is given, in their order.
  func bind(_ memories: [(argument: Int32, description: dnnl_memory_desc_t)]) throws(BackdropError) {
    for (argument, description) in memories {
      var (description, memory) = (description, dnnl_memory_t?.none)
      // No memory of its own: pointers come with each run.
      try check(dnnl_memory_create(&memory, &description, context.engine, nil), "a memory")
      arguments.append(dnnl_exec_arg_t(arg: argument, memory: memory))
    }
  }

  /// Runs on memories in the order of ``bind(_:)``.
  func run(_ pointers: UnsafeMutableRawPointer...) throws(BackdropError) {
    precondition(pointers.count == arguments.count)
    for (argument, pointer) in zip(arguments, pointers) {
      try check(dnnl_memory_set_data_handle(argument.memory, pointer), "a memory")
    }
    try check(
      dnnl_primitive_execute(primitive, context.stream, Int32(arguments.count), arguments), "running \(implementation)")
    try check(dnnl_stream_wait(context.stream), "running \(implementation)")
  }
}
