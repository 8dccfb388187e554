#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How the variance of a field is spread over the modes of a grid: eigenvalues of the covariance over the number of pixels.
///
/// Legend: n_z, n_y, n_x extents in pixels; (kz, ky, kx) signed wave numbers.
public enum Spectrum: Equatable, Sendable {
  /// A product over the axes: for each axis, in their order, the variance by |k|, shape (n / 2 + 1). Mode (ky, kx) has
  /// the variance p_y[|ky|] p_x[|kx|].
  case separable([[Double]])
  /// The variance of each mode with kx >= 0: in an image of shape (n_y, n_x / 2 + 1), row ky at index ky mod n_y; in a
  /// volume of shape (n_z, n_y, n_x / 2 + 1); in a series of shape (n_x / 2 + 1). Those of a mode and of the one with the
  /// opposite wave numbers are equal.
  case dense([Double])
  /// The variance of each mode by the magnitudes of its wave numbers, of a field that is even in each of them: for each
  /// axis n / 2 + 1 values, the last axis varying fastest. A quarter of ``dense(_:)`` in images, an eighth in volumes.
  case even([Double])

  /// The covariance of the field at a lag: the sum over all signed modes of variance times cosine.
  ///
  /// - Parameters:
  ///   - lag: in whole pixels along each axis.
  ///   - grid: that the spectrum is of.
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

  /// The sum over all signed modes of variance times cosine; over the signs of an even spectrum, of a product of cosines.
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

  /// How many signed wave numbers k stands for: k = 0, and k = n/2 of an even side, for one; the others for k and -k.
  static func multiplicity(_ k: Int, _ side: Int) -> Double { k == 0 || 2 * k == side ? 1 : 2 }

  private static func wave(_ k: Int, _ lag: Int, _ side: Int) -> Double {
    cos(2 * .pi * Double(k * lag % side) / Double(side))
  }
}
