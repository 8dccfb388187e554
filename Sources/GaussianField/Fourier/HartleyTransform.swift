/// The unnormalized Hartley transform of a real array along all axes, in single precision: the sum over all k of
/// h(k) cas(2 pi k x / n), cas = cos + sin.
///
/// The transform of h = Re z + Im z is the real field with Hermitian coefficients z, mirrored in the origin.
///
/// - Source: Bracewell, "Discrete Hartley transform" (1983).
package struct HartleyTransform: Sendable {
  /// The array's shape.
  package let shape: FieldShape
  private let plan: RealFourierPlan

  /// - Throws: ``AllocationError``.
  package init(_ shape: FieldShape) throws(AllocationError) {
    self.shape = shape
    plan = try RealFourierPlan(extents: shape.extents)
  }

  /// The scratch memory of one thread.
  package struct Workspace: ~Copyable {
    fileprivate let coefficients: AlignedBuffer<Float>

    /// - Throws: ``AllocationError``.
    package init(for transform: HartleyTransform) throws(AllocationError) {
      coefficients = try AlignedBuffer(count: 2 * RealFourierPlan.outputCount(transform.shape.extents))
    }
  }

  /// Transforms an array in place.
  ///
  /// - Parameters:
  ///   - values: in the order of the axes, x fastest; aligned to 64 bytes.
  ///   - workspace: a workspace of this transform.
  package func transform(_ values: UnsafeMutablePointer<Float>, in workspace: borrowing Workspace) {
    let coefficients = workspace.coefficients.pointer
    plan.transform(values, to: coefficients)
    let (width, rows) = (shape.rowLength, shape.rowCount)
    let length = width / 2 + 1
    for row in 0..<rows {
      let own = values + row * width
      let opposite = values + oppositeRow(row) * width
      let line = coefficients + 2 * row * length
      own[0] = line[0] - line[1]
      for x in 1..<length {
        own[x] = line[2 * x] - line[2 * x + 1]
        opposite[width - x] = line[2 * x] + line[2 * x + 1]
      }
    }
  }

  /// The row at the opposite coordinates along all axes but x.
  private func oppositeRow(_ row: Int) -> Int {
    switch shape {
    case .series: return 0
    case .image(let height, _): return (height - row) % height
    case .volume(let depth, let height, _):
      let (z, y) = row.quotientAndRemainder(dividingBy: height)
      return (depth - z) % depth * height + (height - y) % height
    }
  }
}
