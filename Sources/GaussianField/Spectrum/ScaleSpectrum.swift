/// A scale's field for one candidate, ready to be drawn: the amplitudes of the kept modes.
final class ScaleSpectrum: @unchecked Sendable {
  // Sendable: nothing is written after the initializer.
  let bandLimit: BandLimit
  /// The lines of the kept columns; those of kx start at kx times ``planeCount``. Valid during this object's lifetime.
  /// Plain memory: threads that draw columns would contend for the reference counts of shared arrays.
  let lines: UnsafeBufferPointer<Line>
  /// The number of lines in a column: one for each |kz|, or for each kz if the field is not even along z.
  let planeCount: Int
  private let amplitudes: UnsafeMutablePointer<Float>
  /// The size of the amplitudes and lines.
  let bytes: Int
  /// The approximate memory used to compute the eigenvalues: three double-precision arrays of them; 0 for separable
  /// spectra.
  let planningBytes: Int

  /// The amplitudes of the modes of one kx and kz: the square roots of their variances, in single precision.
  struct Line {
    /// The maximum |ky| kept; -1 if there is none.
    let maximumRow: Int
    /// The amplitudes by signed wave number: `zero[ky]`.
    let zero: UnsafePointer<Float>
    /// The common factor of the amplitudes.
    let factor: Float
  }

  /// The number of kept columns.
  var columnCount: Int { lines.count / planeCount }

  init(_ spectrum: Spectrum, on grid: Grid, standardize: Bool) {
    let bandLimit = BandLimit(spectrum, on: grid, withoutMean: standardize)
    let (extents, rows, planes) = (grid.modeExtents, bandLimit.rows, bandLimit.planeCount)
    // For each line its maximum row, the index of the amplitude at ky = 0, and a factor.
    var (values, lines): ([Float], [(row: Int, zero: Int, factor: Float)]) = ([], [])
    switch spectrum {
    case .separable(let axes):
      // All lines share the amplitudes along y; those along x and z are the line's factor.
      let maximum = max(0, rows.max() ?? 0)
      let alongY = axes[max(0, axes.count - 2)]
      values = (-maximum...maximum).map { Float(alongY[abs($0)].squareRoot()) }
      for (line, row) in rows.enumerated() {
        let (kx, kz) = line.quotientAndRemainder(dividingBy: planes)
        let variance =
          switch grid.shape {
          case .series: 1.0
          case .image: axes[1][kx]
          case .volume: axes[0][kz] * axes[2][kx]
          }
        lines.append((row, maximum, Float(variance.squareRoot())))
      }
      planeCount = planes
    case .even(let variances):
      let (rowCount, columns) = (extents.y / 2 + 1, extents.x / 2 + 1)
      for (line, row) in rows.enumerated() {
        let (kx, kz) = line.quotientAndRemainder(dividingBy: planes)
        lines.append((row, values.count + max(0, row), 1))
        if row < 0 { continue }
        values += (-row...row).map { Float(variances[(kz * rowCount + abs($0)) * columns + kx].squareRoot()) }
      }
      planeCount = planes
    case .dense(let variances):
      let columns = extents.x / 2 + 1
      for kx in 0..<bandLimit.columnCount {
        for kz in 0..<extents.z {
          let row = rows[kx * planes + min(kz, extents.z - kz)]
          lines.append((row, values.count + max(0, row), 1))
          if row < 0 { continue }
          values += (-row...row).map { ky in
            // A series is indexed by |k|.
            let y = extents.x == 1 ? abs(ky) : (ky + extents.y) % extents.y
            return Float(variances[(kz * extents.y + y) * columns + kx].squareRoot())
          }
        }
      }
      planeCount = extents.z
    }
    self.bandLimit = bandLimit
    let amplitudes = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
    amplitudes.initialize(from: values, count: values.count)
    let places = UnsafeMutableBufferPointer<Line>.allocate(capacity: lines.count)
    for (index, line) in lines.enumerated() {
      places.initializeElement(
        at: index, to: Line(maximumRow: line.row, zero: amplitudes + line.zero, factor: line.factor))
    }
    self.amplitudes = amplitudes
    bytes = MemoryLayout<Float>.stride * values.count + MemoryLayout<Line>.stride * lines.count
    planningBytes =
      switch spectrum {
      case .separable: 0
      case .even(let variances), .dense(let variances): 3 * MemoryLayout<Double>.stride * variances.count
      }
    self.lines = UnsafeBufferPointer(places)
  }

  deinit {
    amplitudes.deallocate()
    lines.deallocate()
  }
}
