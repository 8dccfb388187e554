/// Covariances by lag, each computed once, since lattices of pixels have few lags.
final class LagCache {
  private let covariance: (_ lag: [Int]) -> Double
  private let dimensions: Int
  private var known: [Int: Double] = [:]

  /// The components of a lag are smaller than half of this.
  private static let base = 1 << 21

  /// - Parameters:
  ///   - dimensions: the number of axes of a texture.
  ///   - covariance: returns the covariance at a lag.
  init(dimensions: Int, _ covariance: @escaping (_ lag: [Int]) -> Double) {
    self.dimensions = dimensions
    self.covariance = covariance
  }

  /// The key of a position or a lag. The key of a difference is the difference of the keys.
  func key(_ coordinates: [Int]) -> Int { coordinates.reduce(0) { $0 * Self.base + $1 } }

  /// The covariance at a lag.
  ///
  /// - Parameter key: the key of the lag.
  func value(_ key: Int) -> Double {
    if let value = known[key] { return value }
    var lag = [key]
    while lag.count < dimensions {
      let rest = lag[0]
      let last = (rest % Self.base + Self.base + Self.base / 2) % Self.base - Self.base / 2
      lag[0] = (rest - last) / Self.base
      lag.insert(last, at: 1)
    }
    let value = covariance(lag)
    known[key] = value
    return value
  }

  /// The covariance matrix of pixels.
  ///
  /// - Parameter keys: the keys of their positions.
  func matrix(_ keys: [Int]) -> DenseMatrix {
    var matrix = DenseMatrix(rows: keys.count, columns: keys.count)
    for row in keys.indices {
      for column in 0...row {
        let covariance = value(keys[row] - keys[column])
        matrix[row, column] = covariance
        matrix[column, row] = covariance
      }
    }
    return matrix
  }
}
