#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How the variance of a field is spread over the modes of a grid: eigenvalues of the covariance over the number of pixels.
///
/// Legend: n_y, n_x extents in pixels; (ky, kx) signed wave numbers.
public enum Spectrum: Equatable, Sendable {
  /// A product over the axes: for each axis, in their order, the variance by |k|, shape (n / 2 + 1). Mode (ky, kx) has
  /// the variance p_y[|ky|] p_x[|kx|].
  case separable([[Double]])
  /// The variance of each mode with kx >= 0, shape (n_y, n_x / 2 + 1), row ky at index ky mod n_y. On the lines kx = 0 and
  /// kx = n_x / 2 the variances at ky and -ky are equal.
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
    case .dense, .even:
      let variances = dense(on: grid)
      let (height, width) = (extents[0], extents[1])
      let columns = width / 2 + 1
      return variances.indices.reduce(0) { sum, index in
        let (ky, kx) = index.quotientAndRemainder(dividingBy: columns)
        let phase = Double(ky * lag[0] % height) / Double(height) + Double(kx * lag[1] % width) / Double(width)
        return sum + Self.multiplicity(kx, width) * variances[index] * cos(2 * .pi * phase)
      }
    }
  }

  /// The variances as ``dense(_:)`` has them, shape (n_y, n_x / 2 + 1).
  func dense(on grid: Grid) -> [Double] {
    let (height, columns) = (grid.extents[0], grid.extents[1] / 2 + 1)
    switch self {
    case .separable(let axes):
      return (0..<height).flatMap { ky in axes[1].map { axes[0][min(ky, height - ky)] * $0 } }
    case .dense(let variances): return variances
    case .even(let variances):
      return (0..<height).flatMap { ky in
        variances[min(ky, height - ky) * columns..<(min(ky, height - ky) + 1) * columns]
      }
    }
  }

  /// How many signed wave numbers k stands for: k = 0, and k = n/2 of an even side, for one; the others for k and -k.
  static func multiplicity(_ k: Int, _ side: Int) -> Double { k == 0 || 2 * k == side ? 1 : 2 }

  private static func wave(_ k: Int, _ lag: Int, _ side: Int) -> Double {
    cos(2 * .pi * Double(k * lag % side) / Double(side))
  }
}
