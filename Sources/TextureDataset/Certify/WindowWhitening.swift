import Foundation
import GaussianField

/// Turns some pixels of an open texture into independent standard normal numbers, using their covariance matrix.
///
/// Pixels are chosen one after the other, always the one that the previous ones predict worst. So the first numbers
/// describe the variation over the window, the last ones the variation from pixel to pixel.
///
/// - Source: Higham, "Analysis of the Cholesky decomposition of a semi-definite matrix" (1990): complete pivoting.
struct WindowWhitening: Sendable {
  /// The pixels in the order in which they were chosen: indices of ``WindowPoints/places``.
  let chosen: [Int]
  /// Maps a texture's chosen pixels to the numbers, shape (number, pixel). Numbers in which rounding is noticeable are
  /// omitted.
  let matrix: DenseMatrix

  /// The number of numbers.
  var count: Int { matrix.rows }

  /// - Parameters:
  ///   - points: the pixels to choose from.
  ///   - covariance: the covariance of two pixels.
  ///   - rounding: the variance of each pixel's inexactness.
  ///   - negligible: the maximum variance of rounding in a number.
  /// - Complexity: O(points³).
  init(_ points: WindowPoints, _ covariance: LagCovariance, rounding: Double, negligible: Double) {
    let total = points.places.count
    let cache = LagCache(dimensions: points.places[0].count) { covariance.value($0) }
    let keys = points.places.map { cache.key($0) }
    let origin = cache.value(0)
    var rest = [Double](repeating: origin, count: total)
    // Row p belongs to point p; padded so that eight rows can be multiplied at a time.
    var factor = DenseMatrix(rows: (total + 7) / 8 * 8, columns: total)
    var products = [Double](repeating: 0, count: factor.rows)
    var chosen: [Int] = []
    var used = [Bool](repeating: false, count: total)
    let floor = max(rounding / negligible, 1e-12 * origin)
    while chosen.count < total {
      guard let pivot = rest.indices.filter({ !used[$0] }).max(by: { rest[$0] < rest[$1] }), rest[pivot] > floor else {
        break
      }
      let (step, root) = (chosen.count, rest[pivot].squareRoot())
      used[pivot] = true
      chosen.append(pivot)
      factor.multiplyRows(byRow: pivot, columns: step, into: &products)
      factor[pivot, step] = root
      for point in 0..<total where !used[point] {
        let value = (cache.value(keys[point] - keys[pivot]) - products[point]) / root
        factor[point, step] = value
        rest[point] -= value * value
      }
    }
    self.chosen = chosen
    // The inverse of the lower triangle L[row, k] = factor[chosen[row], k].
    let size = chosen.count
    var inverse = DenseMatrix(rows: size, columns: size)
    var kept: [Int] = []
    for row in 0..<size {
      let diagonal = factor[chosen[row], row]
      for k in 0..<row {
        let own = factor[chosen[row], k]
        if own == 0 { continue }
        for column in 0...k { inverse[row, column] -= own * inverse[k, column] }
      }
      var square = 0.0
      for column in 0..<row {
        inverse[row, column] /= diagonal
        square += inverse[row, column] * inverse[row, column]
      }
      inverse[row, row] = 1 / diagonal
      square += 1 / (diagonal * diagonal)
      if square * rounding <= negligible { kept.append(row) }
    }
    matrix = DenseMatrix(inverse, rows: kept)
  }

  /// The numbers of a texture's chosen pixels.
  func apply(_ pixels: [Double], into numbers: inout [Double]) {
    pixels.withUnsafeBufferPointer { pixels in
      numbers.withUnsafeMutableBufferPointer { numbers in
        guard let pixels = pixels.baseAddress, let numbers = numbers.baseAddress else { return }
        matrix.multiply(pixels, into: numbers)
      }
    }
  }

  /// The matrix W A W^T of the numbers for a matrix A of the pixels, where W is ``matrix``.
  ///
  /// - Parameter covariance: the elements of A, by lag.
  func transformed(_ points: WindowPoints, _ covariance: @escaping (_ lag: [Int]) -> Double) -> DenseMatrix {
    let cache = LagCache(dimensions: points.places[0].count, covariance)
    return matrix.timesTranspose(cache.matrix(chosen.map { cache.key(points.places[$0]) })).timesTranspose(matrix)
  }
}
