import COneDNN

/// Accumulates a weight's gradients in the layout of a kernel's output, and converts the sum to the plain layout.
final class GradientSum {
  /// The kernel's output: one gradient.
  let packed: FloatBuffer
  private let sum: FloatBuffer
  private let plain: FloatBuffer
  private let reorder: Primitive
  private let count: Int
  private var isEmpty = true

  /// - Parameter shape: (out, in, height, width).
  init(_ layout: dnnl_memory_desc_t, shape: [Int], _ context: ComputeContext) throws(BackdropError) {
    var layout = layout
    count = shape.reduce(1, *)
    packed = try FloatBuffer(count: dnnl_memory_desc_get_size(&layout) / MemoryLayout<Float>.stride)
    sum = try FloatBuffer(count: packed.count)
    plain = try FloatBuffer(count: count)
    reorder = try Primitive(reordering: layout, into: memoryDescription(shape, tag: dnnl_oihw), context)
  }

  /// Adds the kernel's output to the sum.
  func add() {
    let (part, sum) = (packed.pointer, sum.pointer)
    if isEmpty {
      sum.update(from: part, count: packed.count)
    } else {
      for index in 0..<packed.count { sum[index] += part[index] }
    }
    isEmpty = false
  }

  /// Discards the sum.
  func clear() { isEmpty = true }

  /// Adds the sum to a row-major one, and resets it.
  func move(to target: UnsafeMutablePointer<Float>) throws(BackdropError) {
    guard !isEmpty else { return }
    try reorder.run(sum.pointer, plain.pointer)
    let part = plain.pointer
    for index in 0..<count { target[index] += part[index] }
    isEmpty = true
  }
}
