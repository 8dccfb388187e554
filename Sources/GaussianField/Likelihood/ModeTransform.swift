import CSpectralKernels

/// The forward Fourier transform of textures: the coefficients of their modes, line by line.
///
/// Coefficient k is the sum over all pixels of T(x) exp(±2 pi i k x / n). The sign is the same for all modes of a
/// shape.
package struct ModeTransform: Sendable {
  /// The shape of the textures.
  package let shape: FieldShape
  /// The order of the coefficients.
  package let order: ModeOrder
  private let layout: Layout

  private enum Layout: Sendable {
    /// Pairs of rows, then columns.
    case image(rows: FourierPlan, columns: FourierPlan)
    /// All axes at once.
    case whole(RealFourierPlan)
  }

  /// - Parameter shape: the shape of the textures.
  /// - Throws: ``AllocationError``.
  package init(_ shape: FieldShape) throws(AllocationError) {
    self.shape = shape
    order = ModeOrder(shape)
    switch shape {
    case .image(let height, let width):
      layout = .image(rows: try FourierPlan(length: width), columns: try FourierPlan(length: height))
    case .series, .volume:
      layout = .whole(try RealFourierPlan(extents: shape.extents))
    }
  }

  /// The scratch memory of one thread.
  package struct Workspace: ~Copyable {
    fileprivate let coefficients: AlignedBuffer<Float>
    fileprivate let scratch: AlignedBuffer<Float>

    /// - Throws: ``AllocationError``.
    package init(for transform: ModeTransform) throws(AllocationError) {
      let coefficients = try AlignedBuffer<Float>(count: transform.coefficientCount)
      let scratch = try AlignedBuffer<Float>(count: transform.scratchCount)
      self.coefficients = coefficients
      self.scratch = scratch
    }

    /// The size of a workspace in bytes.
    package static func bytes(for transform: ModeTransform) -> Int {
      MemoryLayout<Float>.stride * (transform.coefficientCount + transform.scratchCount)
    }
  }

  private static func padded(_ count: Int) -> Int { (count + 7) / 8 * 8 }

  /// The column stride of an image in complex numbers: whole cache lines plus one, so that columns whose length is a
  /// power of two do not map to the same cache sets.
  private var columnPitch: Int { Self.padded(order.lineLength) + 8 }
  /// The row stride in complex numbers.
  private var rowPitch: Int { Self.padded(shape.rowLength) + 8 }

  fileprivate var coefficientCount: Int {
    switch layout {
    case .image: 2 * Self.padded(order.lineCount) * columnPitch
    case .whole: 2 * RealFourierPlan.outputCount(shape.extents)
    }
  }

  fileprivate var scratchCount: Int {
    switch layout {
    // Eight transformed rows, a pair of rows and their transform, and a row of zeros; or a column.
    case .image: 2 * max(10 * rowPitch, columnPitch) + rowPitch
    case .whole: shape.pixels
    }
  }

  /// Transforms a texture, and blocks until that is complete.
  ///
  /// - Parameters:
  ///   - pixels: in the order of the axes, x fastest.
  ///   - lines: the number of lines to compute, from the first.
  ///   - workspace: a workspace of this transform.
  ///   - receive: called for each line with its coefficients, ``ModeOrder/lineLength`` complex numbers, which it may
  ///     change.
  package func transform(
    _ pixels: UnsafePointer<Float>, lines: Int, in workspace: borrowing Workspace,
    _ receive: (_ line: Int, _ coefficients: UnsafeMutablePointer<Float>) -> Void
  ) {
    let (coefficients, scratch) = (workspace.coefficients.pointer, workspace.scratch.pointer)
    switch layout {
    case .image(let rows, let columns):
      transformRows(pixels, columns: lines, rows, scratch: scratch, into: coefficients)
      for line in 0..<lines {
        columns.transform(coefficients + 2 * line * columnPitch, to: scratch)
        receive(line, scratch)
      }
    case .whole(let plan):
      scratch.update(from: pixels, count: shape.pixels)
      plan.transform(scratch, to: coefficients)
      for line in 0..<lines { receive(line, coefficients + 2 * line * order.lineLength) }
    }
  }

  /// Transforms along x, two rows at a time, in groups of eight rows.
  private func transformRows(
    _ pixels: UnsafePointer<Float>, columns: Int, _ plan: FourierPlan, scratch: UnsafeMutablePointer<Float>,
    into coefficients: UnsafeMutablePointer<Float>
  ) {
    let (height, width) = (order.extents.y, order.extents.x)
    let pair = scratch + 2 * 8 * rowPitch
    let transformed = pair + 2 * rowPitch
    let zeros = scratch + 2 * max(10 * rowPitch, columnPitch)
    for group in stride(from: 0, to: height, by: 8) {
      for row in stride(from: group, to: min(group + 8, height), by: 2) {
        let second = row + 1 < height ? pixels + (row + 1) * width : UnsafePointer(zeros)
        gpgen_interleave(pixels + row * width, second, width, pair)
        plan.transform(pair, to: transformed)
        let target = scratch + 2 * (row - group) * rowPitch
        gpgen_separate_rows(transformed, width, columns, target, target + 2 * rowPitch)
      }
      for column in stride(from: 0, to: columns, by: 8) {
        gpgen_gather_rows(
          scratch, rowPitch, 8, column, coefficients + 2 * (column * columnPitch + group), columnPitch)
      }
    }
  }
}
