import COneDNN

/// A layer's weights in the layouts that its kernels want, made again when the weights have changed, and the sums of
/// their gradients.
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

  /// From now on the weights are these, row-major; the pointer holds until the next call.
  func set(_ weights: UnsafePointer<Float>) {
    current = weights
    for index in copies.indices { copies[index].isCurrent = false }
  }

  /// The number of a layout, for ``pointer(_:)``.
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

  /// The weights in that layout.
  func pointer(_ number: Int) throws(BackdropError) -> UnsafeMutablePointer<Float> {
    guard let current else { preconditionFailure("weights are set before they are used") }
    if !copies[number].isCurrent {
      try copies[number].reorder.run(UnsafeMutableRawPointer(mutating: current), copies[number].buffer.pointer)
      copies[number].isCurrent = true
    }
    return copies[number].buffer.pointer
  }

  /// Where kernels that leave gradients in this layout add them up.
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

  /// Begins all sums of gradients anew, without what has been added.
  func clearGradients() {
    for (_, sum) in sums { sum.clear() }
  }

  /// Adds all gradients to a row-major sum, and begins anew.
  func moveGradients(to target: UnsafeMutablePointer<Float>) throws(BackdropError) {
    for (_, sum) in sums { try sum.move(to: target) }
  }
}
