import CSpectralKernels

/// A dense matrix in double precision, stored row by row.
struct DenseMatrix: Sendable {
  let rows: Int
  let columns: Int
  private(set) var elements: [Double]

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    elements = .init(repeating: 0, count: rows * columns)
  }

  /// - Parameter value: returns an element.
  init(rows: Int, columns: Int, _ value: (_ row: Int, _ column: Int) -> Double) {
    self.init(rows: rows, columns: columns)
    for row in 0..<rows { for column in 0..<columns { elements[row * columns + column] = value(row, column) } }
  }

  subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// The given rows of another matrix.
  init(_ other: DenseMatrix, rows indices: [Int]) {
    self.init(rows: indices.count, columns: other.columns) { other[indices[$0], $1] }
  }

  /// This matrix times the transpose of another.
  ///
  /// - Complexity: O(rows other.rows columns).
  func timesTranspose(_ other: DenseMatrix) -> DenseMatrix {
    var product = DenseMatrix(rows: rows, columns: other.rows)
    for row in 0..<rows {
      let start = row * other.rows
      elements.withUnsafeBufferPointer { own in
        guard let own = own.baseAddress else { return }
        product.elements.withUnsafeMutableBufferPointer { target in
          guard let target = target.baseAddress else { return }
          other.multiply(own + row * columns, into: target + start)
        }
      }
    }
    return product
  }

  /// This matrix times a vector.
  func multiply(_ vector: UnsafePointer<Double>, into output: UnsafeMutablePointer<Double>) {
    elements.withUnsafeBufferPointer { own in
      guard let own = own.baseAddress else { return }
      let whole = rows / 8 * 8
      for row in stride(from: 0, to: whole, by: 8) {
        gpgen_dot_rows(own + row * columns, columns, vector, columns, output + row)
      }
      for row in whole..<rows {
        output[row] = (0..<columns).reduce(0) { $0 + own[row * columns + $1] * vector[$1] }
      }
    }
  }

  /// The dot products of all rows with one row, over the first columns.
  ///
  /// - Precondition: the number of rows is a multiple of 8.
  func multiplyRows(byRow row: Int, columns count: Int, into output: inout [Double]) {
    elements.withUnsafeBufferPointer { own in
      output.withUnsafeMutableBufferPointer { output in
        guard let own = own.baseAddress, let output = output.baseAddress else { return }
        for first in stride(from: 0, to: rows, by: 8) {
          gpgen_dot_rows(own + first * columns, columns, own + row * columns, count, output + first)
        }
      }
    }
  }

  /// The sum of the products of corresponding elements; for symmetric matrices, the trace of their product.
  func inner(_ other: DenseMatrix) -> Double {
    zip(elements, other.elements).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The sum of the diagonal.
  var trace: Double { (0..<min(rows, columns)).reduce(0) { $0 + self[$1, $1] } }

  /// Adds the outer product of a vector with itself to the lower triangle.
  mutating func addSquare(_ vector: [Double]) {
    elements.withUnsafeMutableBufferPointer { own in
      vector.withUnsafeBufferPointer { vector in
        guard let own = own.baseAddress, let vector = vector.baseAddress else { return }
        for row in 0..<rows {
          let (target, factor) = (own + row * columns, vector[row])
          for column in 0...row { target[column] += factor * vector[column] }
        }
      }
    }
  }

  static func += (a: inout DenseMatrix, b: DenseMatrix) {
    for k in a.elements.indices { a.elements[k] += b.elements[k] }
  }

  /// The inverse of a symmetric matrix by Cholesky decomposition; nil if it is not positive definite in double
  /// precision.
  ///
  /// - Complexity: O(rows³).
  var inverse: DenseMatrix? {
    // `triangle` becomes the inverse of the lower factor.
    var (factor, triangle) = (
      DenseMatrix(rows: (rows + 7) / 8 * 8, columns: columns), DenseMatrix(rows: rows, columns: rows)
    )
    var products = [Double](repeating: 0, count: factor.rows)
    for column in 0..<rows {
      factor.multiplyRows(byRow: column, columns: column, into: &products)
      let square = self[column, column] - products[column]
      guard square > 0 else { return nil }
      let root = square.squareRoot()
      factor[column, column] = root
      for row in column + 1..<max(column + 1, rows) { factor[row, column] = (self[row, column] - products[row]) / root }
    }
    for row in 0..<rows {
      let diagonal = factor[row, row]
      for k in 0..<row {
        let own = factor[row, k]
        for column in 0...k { triangle[row, column] -= own * triangle[k, column] }
      }
      for column in 0..<row { triangle[row, column] /= diagonal }
      triangle[row, row] = 1 / diagonal
    }
    let transposed = DenseMatrix(rows: rows, columns: rows) { triangle[$1, $0] }
    return transposed.timesTranspose(transposed)
  }

  /// The symmetric matrix with this one's lower triangle.
  var completed: DenseMatrix {
    DenseMatrix(rows: rows, columns: columns) { row, column in row >= column ? self[row, column] : self[column, row] }
  }
}

/// The distribution of a quadratic form y^T A y of independent standard normal numbers y, or of x^T x if x has the
/// covariance matrix A.
struct QuadraticForm: Sendable {
  /// The traces of A, A² and A³.
  let traces: (first: Double, second: Double, third: Double)
  /// The mean of the diagonal: for x^T x, the mean square of an element.
  let meanSquare: Double

  /// - Parameter matrix: symmetric.
  init(_ matrix: DenseMatrix) {
    let square = matrix.timesTranspose(matrix)
    traces = (matrix.trace, square.trace, square.inner(matrix))
    meanSquare = matrix.rows > 0 ? matrix.trace / Double(matrix.rows) : 0
  }

  /// The cumulants of a factor times the sum of the forms of many samples.
  func law(times factor: Double, samples: Int) -> ThreeCumulants {
    let count = Double(samples)
    return ThreeCumulants(
      mean: factor * count * traces.first, variance: factor * factor * count * 2 * traces.second,
      third: factor * factor * factor * count * 8 * traces.third)
  }
}
