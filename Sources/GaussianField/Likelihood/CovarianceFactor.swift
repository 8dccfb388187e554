import CSpectralKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The Cholesky factor of a covariance matrix, C = L transpose(L), which gives the exact likelihood of a Gaussian
/// vector.
///
/// - Source: Golub and Van Loan, "Matrix Computations", section 4.2; by rows, eight at a time.
final class CovarianceFactor: @unchecked Sendable {
  // Sendable: written only by the initializer.

  /// The number of variables.
  let count: Int
  /// ln det C.
  private(set) var logDeterminant = 0.0
  /// Consecutive rows, each from column 0 to the diagonal.
  private let factor: AlignedBuffer<Double>

  /// The number of elements of a factor.
  static func elementCount(_ count: Int) -> Int { count * (count + 1) / 2 }

  /// - Parameters:
  ///   - count: the number of variables.
  ///   - covariance: the covariance of two variables.
  /// - Throws: ``FieldError`` with code `.memory`, or with code `.invalidCovariance` if the matrix is not positive
  ///   definite in double precision.
  /// - Complexity: O(count³).
  init(count: Int, _ covariance: (_ row: Int, _ column: Int) -> Double) throws(FieldError) {
    self.count = count
    let rows: AlignedBuffer<Double>
    do throws(AllocationError) {
      factor = try AlignedBuffer(count: Self.elementCount(count))
      rows = try AlignedBuffer(count: 8 * count)
    } catch {
      throw FieldError(.memory, error.message)
    }
    for first in stride(from: 0, to: count, by: 8) {
      let height = min(8, count - first)
      for row in 0..<height {
        for column in 0...(first + row) { rows.pointer[row * count + column] = covariance(first + row, column) }
      }
      solve(rows.pointer, columns: first)
      try factorDiagonalBlock(rows.pointer, first: first, height: height)
    }
  }

  /// Computes the diagonal block of rows of the factor, whose columns depend on one another.
  private func factorDiagonalBlock(
    _ rows: UnsafeMutablePointer<Double>, first: Int, height: Int
  ) throws(FieldError) {
    var sums = [Double](repeating: 0, count: 8)
    for pivotRow in 0..<height {
      let column = first + pivotRow
      let own = rows + pivotRow * count
      gpgen_dot_rows(rows, count, own, column, &sums)
      let square = own[column] - sums[pivotRow]
      guard square > 0 else {
        throw FieldError(
          .invalidCovariance,
          "the covariance matrix of \(count) pixels is not positive definite in double precision: pivot \(column) is"
            + " \(square.plain), expected a positive number; add white noise")
      }
      own[column] = square.squareRoot()
      logDeterminant += log(square)
      for r in pivotRow + 1..<max(pivotRow + 1, height) {
        rows[r * count + column] = (rows[r * count + column] - sums[r]) / own[column]
      }
      row(column).update(from: own, count: column + 1)
    }
  }

  private func row(_ index: Int) -> UnsafeMutablePointer<Double> { factor.pointer + Self.elementCount(index) }

  /// Solves L y = x for eight vectors at once, in place, up to a column.
  ///
  /// - Parameters:
  ///   - rows: the vectors, shape (8, count).
  ///   - columns: the number of unknowns to solve for, from the first.
  private func solve(_ rows: UnsafeMutablePointer<Double>, columns: Int) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 8) { sums in
      guard let sums = sums.baseAddress else { return }
      for column in 0..<columns {
        let other = row(column)
        gpgen_dot_rows(rows, count, other, column, sums)
        for r in 0..<8 {
          rows[r * count + column] = (rows[r * count + column] - sums[r]) / other[column]
        }
      }
    }
  }

  /// The log-likelihoods of eight vectors, without the term -(count / 2) ln(2 pi).
  ///
  /// - Parameter vectors: shape (8, count); overwritten.
  func logLikelihoods(ofEight vectors: UnsafeMutablePointer<Double>) -> [Double] {
    solve(vectors, columns: count)
    return (0..<8).map { vector in
      var square = 0.0
      for k in 0..<count { square += vectors[vector * count + k] * vectors[vector * count + k] }
      return -0.5 * (square + logDeterminant)
    }
  }
}
