import COneDNN

/// A layer's weights in the layouts that its kernels need, converted again after the weights have changed, and the sums
/// of their gradients.
final class PackedWeights {
  private let plain: dnnl_memory_desc_t
  private let shape: [Int]
  private let context: ComputeContext
  private var copies: [Copy] = []
  private var sums: [(layout: dnnl_memory_desc_t, sum: GradientSum)] = []
  private var current: UnsafePointer<Float>?

  private struct Copy {
    let layout: dnnl_memory_desc_t
    let buffer: FloatBuffer
    let reorder: Primitive
    var isCurrent: Bool
  }

  /// - Parameter shape: (out, in, height, width).
  init(shape: [Int], _ context: ComputeContext) {
    plain = memoryDescription(shape, tag: dnnl_oihw)
    self.shape = shape
    self.context = context
  }

  /// Sets the weights, row-major. The pointer must stay valid until the next call.
  func set(_ weights: UnsafePointer<Float>) {
    current = weights
    for index in copies.indices { copies[index].isCurrent = false }
  }

  /// Registers a layout, and returns its number for ``pointer(_:)``.
  func register(_ layout: dnnl_memory_desc_t) throws(BackdropError) -> Int {
    var layout = layout
    for (index, copy) in copies.enumerated() {
      var other = copy.layout
      if dnnl_memory_desc_equal(&layout, &other) == 1 { return index }
    }
    let buffer = try FloatBuffer(count: dnnl_memory_desc_get_size(&layout) / MemoryLayout<Float>.stride)
    let reorder = try Primitive(reordering: plain, into: layout, context)
    copies.append(Copy(layout: layout, buffer: buffer, reorder: reorder, isCurrent: false))
    return copies.count - 1
  }

  /// The weights in a registered layout.
  func pointer(_ number: Int) throws(BackdropError) -> UnsafeMutablePointer<Float> {
    guard let current else { preconditionFailure("weights must be set before they are used") }
    if !copies[number].isCurrent {
      try copies[number].reorder.run(UnsafeMutableRawPointer(mutating: current), copies[number].buffer.pointer)
      copies[number].isCurrent = true
    }
    return copies[number].buffer.pointer
  }

  /// The sum of gradients in a layout.
  func gradientSum(_ layout: dnnl_memory_desc_t) throws(BackdropError) -> GradientSum {
    var layout = layout
    for (other, sum) in sums {
      var other = other
      if dnnl_memory_desc_equal(&layout, &other) == 1 { return sum }
    }
    let sum = try GradientSum(layout, shape: shape, context)
    sums.append((layout, sum))
    return sum
  }

  /// Discards all sums of gradients.
  func clearGradients() {
    for (_, sum) in sums { sum.clear() }
  }

  /// Adds all sums of gradients to a row-major one, and resets them.
  func moveGradients(to target: UnsafeMutablePointer<Float>) throws(BackdropError) {
    for (_, sum) in sums { try sum.move(to: target) }
  }
}
