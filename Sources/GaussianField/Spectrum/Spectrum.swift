#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The variances of a field's modes on a grid: eigenvalues of the covariance divided by the number of pixels.
///
/// Legend: n_z, n_y, n_x extents in pixels; (kz, ky, kx) signed wave numbers.
public enum Spectrum: Equatable, Sendable {
  /// A product over the axes: for each axis, in order, the variance by |k|, shape (n / 2 + 1). Mode (ky, kx) has the
  /// variance p_y[|ky|] p_x[|kx|].
  case separable([[Double]])
  /// The variance of each mode with kx >= 0: shape (n_y, n_x / 2 + 1) for an image, with row ky at index ky mod n_y;
  /// (n_z, n_y, n_x / 2 + 1) for a volume; (n_x / 2 + 1) for a series. A mode and the one with opposite wave numbers
  /// have equal variances.
  case dense([Double])
  /// The variance of each mode by the magnitudes of its wave numbers, for a field that is even in each of them: shape
  /// (n_z / 2 + 1, n_y / 2 + 1, n_x / 2 + 1), without absent axes. It has half the size of ``dense(_:)`` in images, a
  /// quarter in volumes.
  case even([Double])

  /// The covariance of the field at a lag: the sum over all signed modes of variance times cosine.
  ///
  /// - Parameters:
  ///   - lag: in whole pixels along each axis.
  ///   - grid: the grid of the spectrum.
  /// - Complexity: O(number of values).
  public func covariance(atLag lag: [Int], on grid: Grid) -> Double {
    let extents = grid.extents
    switch self {
    case .separable(let axes):
      return axes.indices.reduce(1) { product, axis in
        let side = extents[axis]
        return product
          * axes[axis].indices.reduce(0) { sum, k in
            sum + Self.multiplicity(k, side) * axes[axis][k] * Self.wave(k, lag[axis], side)
          }
      }
    case .dense(let variances): return sum(variances, Lattice(extents: extents, isEven: false), lag)
    case .even(let variances): return sum(variances, Lattice(extents: extents, isEven: true), lag)
    }
  }

  /// The sum over all signed modes of variance times cosine. For an even spectrum, summing over signs gives products of
  /// cosines.
  private func sum(_ variances: [Double], _ lattice: Lattice, _ lag: [Int]) -> Double {
    let (length, extents) = (lattice.rowLength, lattice.extents)
    let axis = extents.count - 1
    return (0..<lattice.rowCount).reduce(0) { sum, row in
      let leading = lattice.leading(ofRow: row)
      var rowSum = 0.0
      for x in 0..<length {
        let wave: Double
        if lattice.isEven {
          wave = zip(leading + [x], extents.indices).reduce(1) { $0 * Self.wave($1.0, lag[$1.1], extents[$1.1]) }
        } else {
          let phase = zip(leading + [x], extents.indices).reduce(0) {
            $0 + Double($1.0 * lag[$1.1] % extents[$1.1]) / Double(extents[$1.1])
          }
          wave = cos(2 * .pi * phase)
        }
        rowSum += Self.multiplicity(x, extents[axis]) * variances[row * length + x] * wave
      }
      return sum + lattice.multiplicity(ofRow: row) * rowSum
    }
  }

  /// The number of signed wave numbers, k and -k, that k represents: 1 if k = 0 or k = n/2, otherwise 2.
  static func multiplicity(_ k: Int, _ side: Int) -> Double { k == 0 || 2 * k == side ? 1 : 2 }

  private static func wave(_ k: Int, _ lag: Int, _ side: Int) -> Double {
    cos(2 * .pi * Double(k * lag % side) / Double(side))
  }
}
