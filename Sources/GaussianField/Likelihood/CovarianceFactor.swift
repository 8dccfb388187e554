import CSpectralKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The lower factor of a covariance matrix, C = L transpose(L), and with it the exact likelihood of a Gaussian vector.
///
/// - Source: Golub and Van Loan, "Matrix Computations", 4.2: Cholesky's factorization by rows, eight at a time.
final class CovarianceFactor: @unchecked Sendable {
  // Sendable: written only while it is made.

  /// The number of variables.
  let count: Int
  /// ln det C.
  private(set) var logDeterminant = 0.0
  /// Rows one after the other, each from column 0 to the diagonal.
  private let factor: AlignedBuffer<Double>

  /// The doubles of a factor.
  static func elementCount(_ count: Int) -> Int { count * (count + 1) / 2 }

  /// - Parameters:
  ///   - count: of the variables.
  ///   - covariance: between two variables.
  /// - Throws: ``FieldError`` with code `.memory`; with code `.invalidCovariance` where the matrix is not positive definite
  ///   in double precision.
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

  /// Rows of the factor from a column of the diagonal on: the columns of the block depend on one another.
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
  ///   - rows: shape (8, count): the vectors.
  ///   - columns: how many of the unknowns are solved for: the first.
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

  /// The log-likelihoods of eight vectors, without the term -count / 2 ln 2 pi.
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
