import COneDNN
import GaussianField

/// One operation of oneDNN on fixed shapes, made once and run often.
///
/// Its scratchpad is the context's, shared by all operations, since a context runs one at a time. The library's own would be
/// that of the thread that made the operation, and another thread that runs it would find none.
final class Primitive {
  private let primitive: dnnl_primitive_t
  private let description: dnnl_primitive_desc_t
  private let context: ComputeContext
  private var arguments: [dnnl_exec_arg_t] = []
  private let scratchpad: dnnl_memory_t?

  /// - Parameters:
  ///   - operation: a `dnnl_*_desc_t`.
  ///   - fusesReLU: apply max(x, 0) to the result.
  ///   - forward: the forward operation that this is the backward of.
  ///   - name: for errors.
  convenience init(
    _ operation: UnsafeRawPointer, fusesReLU: Bool = false, forward: Primitive? = nil, _ context: ComputeContext,
    _ name: String
  ) throws(BackdropError) {
    let attributes = try PrimitiveAttributes(fusesReLU: fusesReLU, name)
    var description: dnnl_primitive_desc_t?
    try check(
      dnnl_primitive_desc_create(
        &description, operation, attributes.handle, context.engine, forward?.description), name)
    try self.init(description: description, context, name)
  }

  /// Copies a memory of one layout into another.
  convenience init(
    reordering source: dnnl_memory_desc_t, into target: dnnl_memory_desc_t, _ context: ComputeContext
  ) throws(BackdropError) {
    let name = "a reordering"
    let attributes = try PrimitiveAttributes(fusesReLU: false, name)
    var (source, target) = (source, target)
    var description: dnnl_primitive_desc_t?
    try check(
      dnnl_reorder_primitive_desc_create(
        &description, &source, context.engine, &target, context.engine, attributes.handle), name)
    try self.init(description: description, context, name)
    try bind([(DNNL_ARG_FROM, source), (DNNL_ARG_TO, target)])
  }

  private init(description: dnnl_primitive_desc_t?, _ context: ComputeContext, _ name: String) throws(BackdropError) {
    // oneDNN follows a null pointer where it gets no memory for what it compiles.
    guard MemoryReserve.isAvailable else {
      dnnl_primitive_desc_destroy(description)
      let error = AllocationError(bytes: MemoryReserve.bytes)
      throw BackdropError(.memory, error.message, cause: error)
    }
    var primitive: dnnl_primitive_t?
    let status = dnnl_primitive_create(&primitive, description)
    guard status == dnnl_success, let primitive, let description else {
      dnnl_primitive_desc_destroy(description)
      try check(status, name)
      throw BackdropError(.oneDNN, "oneDNN gave no primitive for \(name)")
    }
    var scratchpad: dnnl_memory_t?
    do throws(BackdropError) {
      scratchpad = try Self.scratchpad(of: description, context)
    } catch {
      dnnl_primitive_destroy(primitive)
      dnnl_primitive_desc_destroy(description)
      throw error
    }
    self.primitive = primitive
    self.description = description
    self.context = context
    self.scratchpad = scratchpad
  }

  /// The memory that an operation works in, for whose bytes the context has room then; none where it needs none.
  private static func scratchpad(
    of description: dnnl_primitive_desc_t, _ context: ComputeContext
  ) throws(BackdropError) -> dnnl_memory_t? {
    guard let layout = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0) else { return nil }
    let bytes = dnnl_memory_desc_get_size(layout)
    guard bytes > 0 else { return nil }
    try context.reserveScratchpad(bytes: bytes)
    var memory: dnnl_memory_t?
    try check(dnnl_memory_create(&memory, layout, context.engine, nil), "a scratchpad")
    return memory
  }

  deinit {
    for argument in arguments { dnnl_memory_destroy(argument.memory) }
    if let scratchpad { dnnl_memory_destroy(scratchpad) }
    dnnl_primitive_destroy(primitive)
    dnnl_primitive_desc_destroy(description)
  }

  /// The layout that the operation has chosen, or was given, for one of its memories.
  ///
  /// - Throws: ``BackdropError`` with code `.oneDNN` where the operation has no such memory.
  func memory(_ what: dnnl_query_t) throws(BackdropError) -> dnnl_memory_desc_t {
    guard let layout = dnnl_primitive_desc_query_md(description, what, 0)?.pointee, layout.ndims > 0 else {
      throw BackdropError(
        .oneDNN, "oneDNN: \(implementation) does not report the layout of a memory (query \(what.rawValue))")
    }
    return layout
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
    var arguments = arguments
    if let scratchpad {
      try check(dnnl_memory_set_data_handle(scratchpad, context.scratchpad), "a scratchpad")
      arguments.append(dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: scratchpad))
    }
    for (argument, pointer) in zip(arguments, pointers) {
      try check(dnnl_memory_set_data_handle(argument.memory, pointer), "a memory")
    }
    try check(
      dnnl_primitive_execute(primitive, context.stream, Int32(arguments.count), arguments), "running \(implementation)")
    try check(dnnl_stream_wait(context.stream), "running \(implementation)")
  }
}
