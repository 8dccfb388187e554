/// Modes with individual variances.
struct DenseModes: Modes {
  private let extents: (z: Int, y: Int, x: Int)
  /// By (|kz|, |ky|, kx): the maximum of the variances at ±kz and ±ky.
  private let maxima: [Double]
  /// By (|kz|, |ky|, kx): the sum of the variances at ±kz and ±ky; empty for a field that is even along both axes,
  /// where it is a multiple of the maximum.
  private let sums: [Double]

  private var rowCount: Int { extents.y / 2 + 1 }
  private var planeCount: Int { extents.z / 2 + 1 }
  private var columnCount: Int { extents.x / 2 + 1 }

  /// - Parameter variances: in the layout of ``Spectrum/even(_:)``.
  init(even variances: [Double], on grid: Grid) {
    extents = grid.modeExtents
    maxima = variances
    sums = []
  }

  /// - Parameter variances: in the layout of ``Spectrum/dense(_:)``.
  init(_ variances: [Double], on grid: Grid) {
    let extents = grid.modeExtents
    self.extents = extents
    guard extents.x > 1 else {
      (maxima, sums) = (variances, [])
      return
    }
    let (planes, rows, columns) = (extents.z / 2 + 1, extents.y / 2 + 1, extents.x / 2 + 1)
    var maxima = [Double](repeating: 0, count: planes * rows * columns)
    var sums = maxima
    for kz in 0..<extents.z {
      for ky in 0..<extents.y {
        let (from, to) = (
          (kz * extents.y + ky) * columns, (min(kz, extents.z - kz) * rows + min(ky, extents.y - ky)) * columns
        )
        for kx in 0..<columns {
          maxima[to + kx] = max(maxima[to + kx], variances[from + kx])
          sums[to + kx] += variances[from + kx]
        }
      }
    }
    (self.maxima, self.sums) = (maxima, sums)
  }

  func total(withoutMean: Bool) -> Double { sum(withoutMean: withoutMean) { _, _ in -1 } }

  func maximum(withoutMean: Bool) -> Double { (withoutMean ? maxima.dropFirst() : maxima[...]).max() ?? 0 }

  func rows(above threshold: Double) -> [Int] {
    var rows = [Int](repeating: -1, count: columnCount * planeCount)
    var columns = 0
    maxima.withUnsafeBufferPointer { maxima in
      for kz in 0..<planeCount {
        for ky in 0..<rowCount {
          let line = (kz * rowCount + ky) * columnCount
          for kx in 0..<columnCount where maxima[line + kx] >= threshold {
            rows[kx * planeCount + kz] = ky
            columns = max(columns, kx + 1)
          }
        }
      }
    }
    return Array(rows.prefix(columns * planeCount))
  }

  func dropped(_ rows: [Int]) -> Double {
    sum(withoutMean: false) { kx, kz in kx * planeCount < rows.count ? rows[kx * planeCount + kz] : -1 }
  }

  /// The variance of all modes beyond the given row of their line.
  private func sum(withoutMean: Bool, beyond row: (_ kx: Int, _ kz: Int) -> Int) -> Double {
    var total = 0.0
    for kz in 0..<planeCount {
      let rows = (0..<columnCount).map { row($0, kz) }
      for ky in 0..<rowCount {
        let line = (kz * rowCount + ky) * columnCount
        let signs = Spectrum.multiplicity(kz, extents.z) * Spectrum.multiplicity(ky, extents.y)
        let isFirst = withoutMean && kz == 0 && ky == 0
        var sum = 0.0
        for kx in (isFirst ? 1 : 0)..<max(isFirst ? 1 : 0, columnCount) where ky > rows[kx] {
          let variance = sums.isEmpty ? signs * maxima[line + kx] : sums[line + kx]
          sum += Spectrum.multiplicity(kx, extents.x) * variance
        }
        total += sum
      }
    }
    return total
  }
}
