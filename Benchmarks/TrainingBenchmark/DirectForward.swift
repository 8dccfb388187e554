import Backdrop
import COneDNN

/// The forward pass of a network's convolutions with direct calls to oneDNN: each with bias and ReLU on whole maps, in
/// the layouts that oneDNN chooses. It is the reference for the overhead of gpgen's forward pass.
final class DirectForward {
  private struct Step {
    let primitive: dnnl_primitive_t?
    var arguments: [dnnl_exec_arg_t]
  }

  private var steps: [Step] = []
  private var engine: dnnl_engine_t?
  private var stream: dnnl_stream_t?

  init(_ network: Network, side: Int, batch: Int) throws {
    dnnl_engine_create(&engine, dnnl_cpu, 0)
    dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue)
    var input = Shape(channels: network.inputChannels, height: side, width: side)
    // The input of the next layer.
    var source: dnnl_memory_t?
    for (layer, output) in zip(network.layers, try network.shapes(side: side)) {
      if let convolution = layer.convolution {
        source = add(convolution, input, output, batch, source)
      }
      input = output
    }
  }

  /// Runs all layers once.
  func run() {
    for step in steps { dnnl_primitive_execute(step.primitive, stream, Int32(step.arguments.count), step.arguments) }
    dnnl_stream_wait(stream)
  }

  private func add(
    _ convolution: Convolution, _ input: Shape, _ output: Shape, _ batch: Int, _ source: dnnl_memory_t?
  ) -> dnnl_memory_t? {
    func free(_ sizes: [Int], _ tag: dnnl_format_tag_t = dnnl_format_tag_any) -> dnnl_memory_desc_t {
      var description = dnnl_memory_desc_t()
      dnnl_memory_desc_init_by_tag(&description, Int32(sizes.count), sizes.map(Int64.init), dnnl_f32, tag)
      return description
    }
    var from = free(
      [batch, input.channels, input.height, input.width], source == nil ? dnnl_nchw : dnnl_format_tag_any)
    if let source {
      var existing: UnsafePointer<dnnl_memory_desc_t>?
      dnnl_memory_get_memory_desc(source, &existing)
      if let existing { from = existing.pointee }
    }
    var weights = free([output.channels, input.channels, convolution.kernel, convolution.kernel])
    var bias = free([output.channels], dnnl_a)
    var into = free([batch, output.channels, output.height, output.width])
    var strides = [Int64(convolution.stride), Int64(convolution.stride)]
    var padding = [Int64(convolution.padding), Int64(convolution.padding)]
    var end = padding
    var operation = dnnl_convolution_desc_t()
    dnnl_convolution_forward_desc_init(
      &operation, dnnl_forward_inference, dnnl_convolution_direct, &from, &weights, &bias, &into, &strides, &padding,
      &end)
    var (attributes, fused): (dnnl_primitive_attr_t?, dnnl_post_ops_t?)
    dnnl_primitive_attr_create(&attributes)
    dnnl_post_ops_create(&fused)
    dnnl_post_ops_append_eltwise(fused, 1, dnnl_eltwise_relu, 0, 0)
    dnnl_primitive_attr_set_post_ops(attributes, fused)
    var (description, primitive): (dnnl_primitive_desc_t?, dnnl_primitive_t?)
    dnnl_primitive_desc_create(&description, &operation, attributes, engine, nil)
    dnnl_primitive_create(&primitive, description)

    func memory(_ what: dnnl_query_t, _ value: Float) -> dnnl_memory_t? {
      guard let layout = dnnl_primitive_desc_query_md(description, what, 0) else { return nil }
      let buffer = UnsafeMutableRawPointer.allocate(byteCount: dnnl_memory_desc_get_size(layout), alignment: 4096)
      let count = dnnl_memory_desc_get_size(layout) / MemoryLayout<Float>.stride
      buffer.bindMemory(to: Float.self, capacity: count).update(repeating: value, count: count)
      var memory: dnnl_memory_t?
      dnnl_memory_create(&memory, layout, engine, buffer)
      return memory
    }
    let target = memory(dnnl_query_dst_md, 0)
    // With these weights, values neither vanish nor overflow over the layers.
    let weight = 1 / Float(input.channels * convolution.kernel * convolution.kernel)
    let memories = [
      (DNNL_ARG_SRC, source ?? memory(dnnl_query_src_md, 1)), (DNNL_ARG_WEIGHTS, memory(dnnl_query_weights_md, weight)),
      (DNNL_ARG_BIAS, biasMemory(&bias)), (DNNL_ARG_DST, target),
    ]
    steps.append(Step(primitive: primitive, arguments: memories.map { dnnl_exec_arg_t(arg: $0.0, memory: $0.1) }))
    return target
  }

  private func biasMemory(_ description: inout dnnl_memory_desc_t) -> dnnl_memory_t? {
    let buffer = UnsafeMutableRawPointer.allocate(
      byteCount: dnnl_memory_desc_get_size(&description) + 64, alignment: 4096)
    buffer.initializeMemory(as: UInt8.self, repeating: 0, count: dnnl_memory_desc_get_size(&description))
    var memory: dnnl_memory_t?
    dnnl_memory_create(&memory, &description, engine, buffer)
    return memory
  }
}
