import COneDNN

/// Adds a weight's gradient, in the layout that a kernel leaves it in, to the plain one.
final class GradientSum {
  /// Where the kernel leaves it.
  let packed: FloatBuffer
  private let plain: FloatBuffer
  private let reorder: Primitive
  private let count: Int

  /// - Parameter shape: (out, in, height, width).
  init(_ layout: dnnl_memory_desc_t, shape: [Int], _ context: ComputeContext) throws(BackdropError) {
    var layout = layout
    count = shape.reduce(1, *)
    packed = FloatBuffer(count: dnnl_memory_desc_get_size(&layout) / MemoryLayout<Float>.stride)
    plain = FloatBuffer(count: count)
    reorder = try Primitive(reordering: layout, into: memoryDescription(shape, tag: dnnl_oihw), context)
  }

  /// - Parameter sum: row-major.
  func add(to sum: UnsafeMutablePointer<Float>) throws(BackdropError) {
    try reorder.run(packed.pointer, plain.pointer)
    let part = plain.pointer
    for index in 0..<count { sum[index] += part[index] }
  }
}
