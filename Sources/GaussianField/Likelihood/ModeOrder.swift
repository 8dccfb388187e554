/// The modes of a periodic texture in the order in which ``ModeTransform`` gives their coefficients: lines of modes.
///
/// Of two opposite wave numbers, one is there, as ``Spectrum/dense(_:)`` has it. The line of an image is a column kx of all ky,
/// or of |ky| where powers are folded; that of a volume is a row (kz, ky) of all kx; a series is one line.
package struct ModeOrder: Sendable {
  /// The extents of the texture along z, y and x; of a series along x.
  let extents: (z: Int, y: Int, x: Int)
  /// Whether modes are lines along y.
  let isByColumn: Bool
  /// Whether a line has the powers of ky and -ky as one.
  let isFolded: Bool
  /// The number of lines.
  package let lineCount: Int
  /// The modes of a line.
  package let lineLength: Int

  /// - Parameters:
  ///   - shape: the texture's.
  ///   - folded: add the powers of ky and -ky, of an image.
  package init(_ shape: FieldShape, folded: Bool = false) {
    switch shape {
    case .series(let length):
      (extents, isByColumn, isFolded) = ((1, 1, length), false, false)
      (lineCount, lineLength) = (1, length / 2 + 1)
    case .image(let height, let width):
      (extents, isByColumn, isFolded) = ((1, height, width), true, folded)
      (lineCount, lineLength) = (width / 2 + 1, folded ? height / 2 + 1 : height)
    case .volume(let depth, let height, let width):
      (extents, isByColumn, isFolded) = ((depth, height, width), false, false)
      (lineCount, lineLength) = (depth * height, width / 2 + 1)
    }
  }

  /// The number of pixels, and of modes with both signs.
  package var pixels: Int { extents.z * extents.y * extents.x }

  /// The wave numbers of a mode, each modulo its extent.
  package func wave(line: Int, index: Int) -> (z: Int, y: Int, x: Int) {
    if isByColumn { return (0, index, line) }
    let (z, y) = line.quotientAndRemainder(dividingBy: extents.y)
    return (z, y, index)
  }

  /// How many modes with both signs the element of a line stands for.
  package func multiplicity(line: Int, index: Int) -> Double {
    let wave = wave(line: line, index: index)
    let x = Spectrum.multiplicity(wave.x, extents.x)
    return isFolded ? x * Spectrum.multiplicity(wave.y, extents.y) : x
  }

  /// Adds a multiple of a spectrum's variances to those of a line.
  ///
  /// - Parameters:
  ///   - spectrum: of a field on the texture's own torus.
  ///   - factor: the multiple.
  ///   - line: the line's index.
  ///   - sums: one for each mode of the line; for each |ky| of a folded one, the variance of one mode.
  package func add(
    _ spectrum: Spectrum, times factor: Double, line: Int, to sums: inout [Double]
  ) {
    let first = wave(line: line, index: 0)
    switch spectrum {
    case .separable(let axes):
      let axis = isByColumn ? axes[0] : axes[axes.count - 1]
      let n = isByColumn ? extents.y : extents.x
      let across: Double
      if isByColumn {
        across = axes[1][first.x]
      } else {
        let (z, y) = (min(first.z, extents.z - first.z), min(first.y, extents.y - first.y))
        across = axes.count == 3 ? axes[0][z] * axes[1][y] : 1
      }
      for index in sums.indices { sums[index] += factor * across * axis[min(index, n - index)] }
    case .even(let values):
      let (rows, columns) = (extents.y / 2 + 1, extents.x / 2 + 1)
      if isByColumn {
        for index in sums.indices { sums[index] += factor * values[min(index, extents.y - index) * columns + first.x] }
      } else {
        let start = (min(first.z, extents.z - first.z) * rows + min(first.y, extents.y - first.y)) * columns
        for index in sums.indices { sums[index] += factor * values[start + index] }
      }
    case .dense(let values):
      let columns = extents.x / 2 + 1
      if isByColumn {
        precondition(!isFolded, "a field that is not even has powers of its own at ky and -ky")
        for index in sums.indices { sums[index] += factor * values[index * columns + first.x] }
      } else {
        let start = (first.z * extents.y + first.y) * columns
        for index in sums.indices { sums[index] += factor * values[start + index] }
      }
    }
  }
}

extension ModeOrder {
  /// The places of a mode and of its conjugate in an array of all modes, of the texture's shape.
  package func places(line: Int, index: Int) -> (own: Int, conjugate: Int) {
    let wave = wave(line: line, index: index)
    func opposite(_ k: Int, _ extent: Int) -> Int { k == 0 ? 0 : extent - k }
    return (
      (wave.z * extents.y + wave.y) * extents.x + wave.x,
      (opposite(wave.z, extents.z) * extents.y + opposite(wave.y, extents.y)) * extents.x + opposite(wave.x, extents.x)
    )
  }
}

extension BandLimit {
  /// Whether a mode of a line is kept.
  func keeps(_ order: ModeOrder, line: Int, index: Int) -> Bool {
    let (wave, extents) = (order.wave(line: line, index: index), order.extents)
    let isSeries = extents.z == 1 && extents.y == 1
    let (column, row) = isSeries ? (0, wave.x) : (wave.x, min(wave.y, extents.y - wave.y))
    let plane = min(wave.z, extents.z - wave.z)
    return column < columnCount && rows[column * planeCount + plane] >= row
  }
}
