import Foundation

/// A textbook Cholesky factor of a covariance matrix: C = L transpose(L).
final class CholeskyFactor {
  let count: Int
  /// Row-major, shape (count, count); only the lower triangle is read.
  private let factor: UnsafePointer<Double>

  /// - Returns: nil if the matrix is not positive definite.
  init?(count: Int, _ covariance: (_ row: Int, _ column: Int) -> Double) {
    self.count = count
    let factor = UnsafeMutablePointer<Double>.allocate(capacity: count * count)
    self.factor = UnsafePointer(factor)
    for row in 0..<count {
      let a = factor + row * count
      for column in 0..<row {
        let b = factor + column * count
        a[column] = (covariance(row, column) - UnsafePointer(a).product(b, column)) / b[column]
      }
      let square = covariance(row, row) - UnsafePointer(a).product(a, row)
      guard square > 0 else { return nil }
      a[row] = square.squareRoot()
    }
  }

  deinit { factor.deallocate() }

  /// ln det C.
  var logDeterminant: Double { (0..<count).reduce(0) { $0 + 2 * log(factor[$1 * count + $1]) } }

  /// The inverse of L times x: independent standard normals if x has the covariance.
  func whitened(_ x: [Double]) -> [Double] {
    precondition(x.count == count)
    return [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let y = buffer.baseAddress {
        for row in 0..<count {
          let a = factor + row * count
          y[row] = (x[row] - a.product(y, row)) / a[row]
        }
      }
      initialized = count
    }
  }

  /// L times z: a field with the covariance if z are independent standard normals.
  func field(_ z: [Double]) -> [Double] {
    precondition(z.count == count)
    return z.withUnsafeBufferPointer { z in
      z.baseAddress.map { z in (0..<count).map { (factor + $0 * count).product(z, $0 + 1) } } ?? []
    }
  }
}

extension UnsafePointer<Double> {
  /// The dot product of `count` numbers. Pointers and four products at a time, since unoptimised arrays and closures
  /// take ten times as long.
  func product(_ other: UnsafePointer<Double>, _ count: Int) -> Double {
    var (sum, k) = (0.0, 0)
    while k &+ 4 <= count {
      sum +=
        self[k] * other[k] + self[k &+ 1] * other[k &+ 1] + self[k &+ 2] * other[k &+ 2] + self[k &+ 3] * other[k &+ 3]
      k &+= 4
    }
    while k < count {
      sum += self[k] * other[k]
      k &+= 1
    }
    return sum
  }
}
