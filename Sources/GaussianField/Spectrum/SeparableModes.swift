/// Modes whose variance is a product over the axes that decreases with |kz|, |ky| and kx, so that in each line the
/// modes above a threshold are contiguous.
struct SeparableModes: Modes {
  private let extents: (z: Int, y: Int, x: Int)
  private let z: [Double]
  private let y: [Double]
  private let x: [Double]
  /// The variance along an axis of all signed wave numbers with magnitude at least |k|.
  private let tailZ: [Double]
  private let tailY: [Double]
  private let tailX: [Double]

  /// - Parameter axes: in the layout of ``Spectrum/separable(_:)``.
  init(_ axes: [[Double]], on grid: Grid) {
    extents = grid.modeExtents
    switch grid.shape {
    case .series: (z, y, x) = ([1], axes[0], [1])
    case .image: (z, y, x) = ([1], axes[0], axes[1])
    case .volume: (z, y, x) = (axes[0], axes[1], axes[2])
    }
    (tailZ, tailY, tailX) = (Self.tail(z, extents.z), Self.tail(y, extents.y), Self.tail(x, extents.x))
  }

  private static func tail(_ spectrum: [Double], _ side: Int) -> [Double] {
    var tail = [Double](repeating: 0, count: spectrum.count + 1)
    for k in spectrum.indices.reversed() { tail[k] = tail[k + 1] + Spectrum.multiplicity(k, side) * spectrum[k] }
    return tail
  }

  func total(withoutMean: Bool) -> Double {
    guard withoutMean else { return tailZ[0] * (tailY[0] * tailX[0]) }
    // The product of the tails minus the product of the means, written without cancellation. In a plane of equal axes
    // it has the form of `bytes_version` 1.
    let plane = y == x ? tailY[1] * (2 * y[0] + tailY[1]) : tailY[1] * tailX[0] + y[0] * tailX[1]
    return z[0] * plane + tailZ[1] * (tailY[0] * tailX[0])
  }

  func maximum(withoutMean: Bool) -> Double {
    guard withoutMean else { return z[0] * (y[0] * x[0]) }
    func second(_ axis: [Double]) -> Double { axis.count > 1 ? axis[1] : 0 }
    return max(z[0] * max(y[0] * second(x), y[1] * x[0]), second(z) * (y[0] * x[0]))
  }

  func rows(above threshold: Double) -> [Int] {
    // The last column with such a mode has it at ky = kz = 0.
    let columns = x.lastIndex { z[0] * (y[0] * $0) >= threshold }.map { $0 + 1 } ?? 0
    var rows = [Int](repeating: -1, count: columns * z.count)
    for kz in z.indices {
      var ky = y.count - 1
      for kx in 0..<columns {
        while ky >= 0, z[kz] * (y[ky] * x[kx]) < threshold { ky -= 1 }
        guard ky >= 0 else { break }
        rows[kx * z.count + kz] = ky
      }
    }
    return rows
  }

  func dropped(_ rows: [Int]) -> Double {
    let columns = rows.count / z.count
    return z.indices.reduce(0) { sum, kz in
      var plane = tailX[columns] * tailY[0]
      for kx in 0..<columns {
        plane += Spectrum.multiplicity(kx, extents.x) * x[kx] * tailY[rows[kx * z.count + kz] + 1]
      }
      return sum + Spectrum.multiplicity(kz, extents.z) * z[kz] * plane
    }
  }
}
