/// The modes of a periodic texture in the order of ``ModeTransform``'s coefficients: lines of modes.
///
/// As in ``Spectrum/dense(_:)``, one of two opposite wave numbers is included. In an image a line is a column kx with
/// all ky, or all |ky| if powers are folded; in a volume it is a row (kz, ky) with all kx; a series is one line.
package struct ModeOrder: Sendable {
  /// The extents of the texture along z, y and x; of a series along x.
  let extents: (z: Int, y: Int, x: Int)
  /// Whether lines run along y.
  let isByColumn: Bool
  /// Whether a line adds the powers of ky and -ky.
  let isFolded: Bool
  /// The number of lines.
  package let lineCount: Int
  /// The number of modes in a line.
  package let lineLength: Int

  /// - Parameters:
  ///   - shape: the texture's shape.
  ///   - folded: whether to add the powers of ky and -ky; applies to images only.
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

  /// The number of pixels, which is also the number of signed modes.
  package var pixels: Int { extents.z * extents.y * extents.x }

  /// The wave numbers of a mode, each modulo its extent.
  package func wave(line: Int, index: Int) -> (z: Int, y: Int, x: Int) {
    if isByColumn { return (0, index, line) }
    let (z, y) = line.quotientAndRemainder(dividingBy: extents.y)
    return (z, y, index)
  }

  /// The number of signed modes that an element of a line represents.
  package func multiplicity(line: Int, index: Int) -> Double {
    let wave = wave(line: line, index: index)
    let x = Spectrum.multiplicity(wave.x, extents.x)
    return isFolded ? x * Spectrum.multiplicity(wave.y, extents.y) : x
  }

  /// Adds a multiple of a spectrum's variances to those of a line.
  ///
  /// - Parameters:
  ///   - spectrum: the spectrum of a field on the texture's torus.
  ///   - factor: the multiple.
  ///   - line: the line's index.
  ///   - sums: one for each mode of the line; in a folded line, the variance of one mode for each |ky|.
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
        precondition(!isFolded, "a field that is not even has different powers at ky and -ky")
        for index in sums.indices { sums[index] += factor * values[index * columns + first.x] }
      } else {
        let start = (first.z * extents.y + first.y) * columns
        for index in sums.indices { sums[index] += factor * values[start + index] }
      }
    }
  }
}

extension ModeOrder {
  /// The indices of a mode and its conjugate in an array of all modes with the texture's shape.
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
