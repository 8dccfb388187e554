/// A scale's field for one of its candidates, ready to be drawn: the amplitudes of the modes that are kept.
struct ScaleSpectrum: Sendable {
  let bandLimit: BandLimit
  private let amplitudes: Amplitudes

  /// The square roots of the modes' variances, in single precision.
  private enum Amplitudes: Sendable {
    /// Along y by signed wave number from -maximumRow on, and along x by kx.
    case separable(y: [Float], maximumRow: Int, x: [Float])
    /// By column, and in each by signed wave number; `starts` has the places of ky = 0.
    case dense([Float], starts: [Int])
  }

  init(_ covariance: any Covariance, on grid: Grid, standardize: Bool) {
    let spectrum = covariance.spectrum(on: grid)
    let bandLimit = BandLimit(spectrum, on: grid, withoutMean: standardize)
    self.bandLimit = bandLimit
    switch spectrum {
    case .separable(let axes):
      let maximum = bandLimit.rows.max() ?? 0
      amplitudes = .separable(
        y: (-maximum...maximum).map { Float(axes[0][abs($0)].squareRoot()) }, maximumRow: maximum,
        x: bandLimit.rows.indices.map { Float(axes[1][$0].squareRoot()) })
    case .dense(let variances):
      let (height, columns) = (grid.shape.extents[0], grid.shape.extents[1] / 2 + 1)
      var (values, starts): ([Float], [Int]) = ([], [])
      for (kx, maximum) in bandLimit.rows.enumerated() {
        starts.append(values.count + maximum)
        values += (-maximum...maximum).map { Float(variances[($0 + height) % height * columns + kx].squareRoot()) }
      }
      amplitudes = .dense(values, starts: starts)
    }
  }

  /// Calls `body` with the amplitudes of column kx, which is kept, at the pointer for ky = 0, and with a factor that they
  /// all have in common.
  func withAmplitudes(ofColumn kx: Int, _ body: (UnsafePointer<Float>, Float) -> Void) {
    switch amplitudes {
    case .separable(let y, let maximumRow, let x):
      y.withUnsafeBufferPointer { if let base = $0.baseAddress { body(base + maximumRow, x[kx]) } }
    case .dense(let values, let starts):
      values.withUnsafeBufferPointer { if let base = $0.baseAddress { body(base + starts[kx], 1) } }
    }
  }
}
