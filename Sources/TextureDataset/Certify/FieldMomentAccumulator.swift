import GaussianField

/// Computes the whitened fields of one sample after the other, on one thread, and sums their moments.
final class FieldMomentAccumulator {
  private let fields: WhitenedFields
  private let order: ModeOrder
  private let lineCount: Int
  private let workspace: HartleyTransform.Workspace
  /// Whitened coefficients of all measured lines.
  private let coefficients: AlignedBuffer<Float>
  /// One field for each band, one after the other.
  private let values: AlignedBuffer<Float>
  /// The moments since the last ``takeMoments()``.
  private var moments: FieldMoments

  /// - Throws: ``DatasetError`` with code `.memory`.
  init(_ fields: WhitenedFields, _ modes: MeasuredModes) throws(DatasetError) {
    self.fields = fields
    order = modes.order
    lineCount = modes.lineCount
    let (lines, length, pixels) = (
      modes.lineCount, modes.order.lineLength, FieldMomentAccumulator.pitch(modes.order.pixels)
    )
    let workspace = try allocating { () throws(AllocationError) in try HartleyTransform.Workspace(for: fields.hartley) }
    let coefficients = try allocating { () throws(AllocationError) in
      try AlignedBuffer<Float>(count: 2 * lines * length)
    }
    let values = try allocating { () throws(AllocationError) in
      try AlignedBuffer<Float>(count: pixels * fields.bands.count)
    }
    self.workspace = workspace
    self.coefficients = coefficients
    self.values = values
    moments = FieldMoments(fields)
  }

  /// The distance from one field to the next: whole cache lines.
  private static func pitch(_ pixels: Int) -> Int { (pixels + 15) / 16 * 16 }

  /// Stores a line of coefficients.
  func take(line: Int, _ z: UnsafePointer<Float>, weights: UnsafePointer<Float>) {
    let target = coefficients.pointer + 2 * line * order.lineLength
    for index in 0..<order.lineLength {
      let factor = weights[index].squareRoot()
      target[2 * index] = z[2 * index] * factor
      target[2 * index + 1] = z[2 * index + 1] * factor
    }
  }

  /// Computes the fields of the stored coefficients, and adds their moments.
  func finishSample() {
    let (pixels, length) = (order.pixels, order.lineLength)
    for (index, band) in fields.bands.enumerated() {
      let field = values.pointer + index * Self.pitch(pixels)
      field.update(repeating: 0, count: pixels)
      let scale = Float(1 / Double(band.count).squareRoot())
      for line in 0..<lineCount {
        for k in 0..<length where band.isIn[line * length + k] {
          let place = line * length + k
          let (re, im) = (coefficients.pointer[2 * place] * scale, coefficients.pointer[2 * place + 1] * scale)
          let (own, opposite) = order.places(line: line, index: k)
          field[own] = re + im
          field[opposite] = re - im
        }
      }
      fields.hartley.transform(field, in: workspace)
      var (third, fourth) = (0.0, 0.0)
      for x in stride(from: 0, to: pixels, by: Self.piece) {
        var (cubes, fourths): (Float, Float) = (0, 0)
        for k in x..<min(x + Self.piece, pixels) {
          let value = field[k]
          let square = value * value
          cubes += value * (square - 3)
          fourths += square * (square - 6) + 3
        }
        third += Double(cubes)
        fourth += Double(fourths)
      }
      moments.third[index] += third
      moments.fourth[index] += fourth
    }
    for (index, pair) in fields.pairs.enumerated() {
      let fine = values.pointer + pair.fine * Self.pitch(pixels)
      let coarse = values.pointer + pair.coarse * Self.pitch(pixels)
      var (third, fourth) = (0.0, 0.0)
      for x in 0..<pixels {
        let (f, g) = (fine[x], coarse[x])
        let energy = f * f - 1
        third += Double(energy * g)
        fourth += Double(energy * (g * g - 1))
      }
      moments.mixedThird[index] += third
      moments.mixedFourth[index] += fourth
    }
    moments.samples += 1
  }

  /// Returns the moments since the last call.
  func takeMoments() -> FieldMoments {
    defer { moments = FieldMoments(fields) }
    return moments
  }

  /// The number of pixels that are summed in single precision.
  private static let piece = 64
}
