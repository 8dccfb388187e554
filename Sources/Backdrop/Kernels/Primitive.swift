import COneDNN
import GaussianField

/// A oneDNN operation on fixed shapes, created once and run often.
///
/// All operations of a context share its scratchpad, since a context runs one at a time. oneDNN's own scratchpad would
/// belong to the thread that created the operation, and would be missing on any other.
final class Primitive {
  private let primitive: dnnl_primitive_t
  private let description: dnnl_primitive_desc_t
  private let context: ComputeContext
  private var arguments: [dnnl_exec_arg_t] = []
  private let scratchpad: dnnl_memory_t?

  /// - Parameters:
  ///   - operation: a `dnnl_*_desc_t`.
  ///   - fusesReLU: whether to apply max(x, 0) to the result.
  ///   - forward: the corresponding forward operation, if this is a backward one.
  ///   - name: the operation's name in error messages.
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

  /// An operation that copies memory from one layout to another.
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
    // oneDNN dereferences a null pointer if it gets no memory for the code that it compiles.
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
      throw BackdropError(.oneDNN, "oneDNN returned no primitive for \(name)")
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

  /// Reserves the operation's scratchpad in the context; nil if it needs none.
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

  /// The layout of one of the operation's arguments, chosen by oneDNN or given.
  ///
  /// - Throws: ``BackdropError`` with code `.oneDNN` if the operation has no such argument.
  func memory(_ what: dnnl_query_t) throws(BackdropError) -> dnnl_memory_desc_t {
    guard let layout = dnnl_primitive_desc_query_md(description, what, 0)?.pointee, layout.ndims > 0 else {
      throw BackdropError(
        .oneDNN, "oneDNN: \(implementation) does not report the layout of an argument (query \(what.rawValue))")
    }
    return layout
  }

  /// The kernel that oneDNN has chosen, such as "jit:avx512_core" or the slow "ref:any".
  var implementation: String {
    var text: UnsafePointer<CChar>?
    let status = withUnsafeMutablePointer(to: &text) {
      dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, $0)
    }
    return status == dnnl_success ? text.map { String(cString: $0) } ?? "" : ""
  }

  /// Whether oneDNN has only its slow reference kernel for this operation.
  var isReference: Bool { implementation.hasPrefix("ref") }

  /// Declares the arguments of ``run(_:)``, in their order.
  func bind(_ memories: [(argument: Int32, description: dnnl_memory_desc_t)]) throws(BackdropError) {
    for (argument, description) in memories {
      var (description, memory) = (description, dnnl_memory_t?.none)
      // The memory object owns no memory: each run passes pointers.
      try check(dnnl_memory_create(&memory, &description, context.engine, nil), "a memory")
      arguments.append(dnnl_exec_arg_t(arg: argument, memory: memory))
    }
  }

  /// Runs the operation on memory, in the order of ``bind(_:)``.
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
