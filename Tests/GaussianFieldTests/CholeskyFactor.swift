import Foundation

/// The lower factor of a covariance matrix, by the textbook: C = L transpose(L).
final class CholeskyFactor {
  let count: Int
  /// Row by row, shape (count, count); above the diagonal nothing is read.
  private let factor: UnsafeMutablePointer<Double>

  /// - Returns: nil where the matrix is not positive definite.
  init?(count: Int, _ covariance: (_ row: Int, _ column: Int) -> Double) {
    self.count = count
    factor = .allocate(capacity: count * count)
    for row in 0..<count {
      let a = factor + row * count
      for column in 0...row {
        let b = factor + column * count
        var sum = covariance(row, column)
        var k = 0
        while k < column {
          sum -= a[k] * b[k]
          k += 1
        }
        if column < row {
          a[column] = sum / b[column]
        } else {
          guard sum > 0 else { return nil }
          a[column] = sum.squareRoot()
        }
      }
    }
  }

  deinit { factor.deallocate() }

  /// The inverse of L times x: independent standard normals where x has the covariance.
  func whitened(_ x: [Double]) -> [Double] {
    precondition(x.count == count)
    var result = x
    result.withUnsafeMutableBufferPointer { y in
      for row in 0..<count {
        let a = factor + row * count
        var sum = y[row]
        var k = 0
        while k < row {
          sum -= a[k] * y[k]
          k += 1
        }
        y[row] = sum / a[row]
      }
    }
    return result
  }

  /// L times z: a field of the covariance where z are independent standard normals.
  func field(_ z: [Double]) -> [Double] {
    precondition(z.count == count)
    return (0..<count).map { row in
      let a = factor + row * count
      return (0...row).reduce(0) { $0 + a[$1] * z[$1] }
    }
  }
}
