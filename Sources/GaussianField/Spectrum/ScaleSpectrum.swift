/// A scale's field for one of its candidates, ready to be drawn: the amplitudes of the modes that are kept.
final class ScaleSpectrum: @unchecked Sendable {
  // Sendable: nothing is written after the initializer.
  let bandLimit: BandLimit
  /// The kept columns; valid as long as this object is there. Plain memory: threads that draw columns would wait for one
  /// another where each counts references to arrays that they share.
  let columns: UnsafeBufferPointer<Column>
  private let amplitudes: UnsafeMutablePointer<Float>

  /// The amplitudes of a column: the square roots of the modes' variances, in single precision.
  struct Column {
    /// The maximum |ky| kept.
    let maximumRow: Int
    /// The amplitudes by signed wave number: `zero[ky]`.
    let zero: UnsafePointer<Float>
    /// What they have in common as a factor.
    let factor: Float
  }

  init(_ spectrum: Spectrum, on grid: Grid, standardize: Bool) {
    bandLimit = BandLimit(spectrum, on: grid, withoutMean: standardize)
    let rows = bandLimit.rows
    // For each column, the place of the amplitude at ky = 0, and a factor.
    var (values, places): ([Float], [(zero: Int, factor: Float)]) = ([], [])
    switch spectrum {
    case .separable(let axes):
      // All columns have the amplitudes along y, and their own along x.
      let maximum = rows.max() ?? 0
      values = (-maximum...maximum).map { Float(axes[0][abs($0)].squareRoot()) }
      places = rows.indices.map { (maximum, Float(axes[1][$0].squareRoot())) }
    case .dense, .even:
      let variances = spectrum.dense(on: grid)
      let (height, columns) = (grid.extents[0], grid.extents[1] / 2 + 1)
      for (kx, maximum) in rows.enumerated() {
        places.append((values.count + maximum, 1))
        values += (-maximum...maximum).map { Float(variances[($0 + height) % height * columns + kx].squareRoot()) }
      }
    }
    let amplitudes = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
    for (index, value) in values.enumerated() { amplitudes[index] = value }
    let columns = UnsafeMutableBufferPointer<Column>.allocate(capacity: rows.count)
    for (kx, place) in places.enumerated() {
      let column = Column(maximumRow: rows[kx], zero: amplitudes + place.zero, factor: place.factor)
      columns.initializeElement(at: kx, to: column)
    }
    self.amplitudes = amplitudes
    self.columns = UnsafeBufferPointer(columns)
  }

  deinit {
    amplitudes.deallocate()
    columns.deallocate()
  }
}
