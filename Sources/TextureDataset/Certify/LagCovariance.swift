import GaussianField

/// The covariance of an open texture's pixels by lag, noise included, before the transform.
struct LagCovariance: Sendable {
  private struct Term: Sendable {
    let covariance: any Covariance
    let anisotropy: Anisotropy
    let factor: Double
  }

  private let terms: [Term]
  private let nugget: Double
  private let dimensions: Int

  /// - Parameter covariances: one for each scale, every parameter a number.
  init(_ model: FieldModel, _ covariances: [CovarianceModel]) {
    let dimensions = model.shape.dimensions
    self.dimensions = dimensions
    terms = zip(model.scales, covariances).map {
      Term(
        covariance: $1.covariance, anisotropy: $1.anisotropy(dimensions: dimensions), factor: $0.weight * $0.weight)
    }
    nugget = model.noise * model.noise
  }

  /// One scale alone, weighted and without noise.
  init(scale: Int, of model: FieldModel, _ covariance: CovarianceModel) {
    dimensions = model.shape.dimensions
    let weight = model.scales[scale].weight
    terms = [
      Term(
        covariance: covariance.covariance, anisotropy: covariance.anisotropy(dimensions: dimensions),
        factor: weight * weight)
    ]
    nugget = 0
  }

  /// The covariance of two pixels.
  ///
  /// - Parameter lag: in pixels along each axis.
  func value(_ lag: [Int]) -> Double {
    let own = lag.map(Double.init)
    let sum = terms.reduce(0) { sum, term in
      let distance = term.anisotropy.squaredDistance(own).squareRoot()
      return sum + term.factor * term.covariance.value(atDistance: distance, dimensions: dimensions)
    }
    return lag.allSatisfy { $0 == 0 } ? sum + nugget : sum
  }
}

/// Covariances by lag, each computed once: lattices of pixels have few lags.
final class LagCache {
  private let covariance: (_ lag: [Int]) -> Double
  private let dimensions: Int
  private var known: [Int: Double] = [:]

  /// Components of a lag are within half of this.
  private static let base = 1 << 21

  /// - Parameters:
  ///   - dimensions: of a texture.
  ///   - covariance: by lag.
  init(dimensions: Int, _ covariance: @escaping (_ lag: [Int]) -> Double) {
    self.dimensions = dimensions
    self.covariance = covariance
  }

  /// A number for a place or a lag. The number of a difference is the difference of the numbers.
  func key(_ coordinates: [Int]) -> Int { coordinates.reduce(0) { $0 * Self.base + $1 } }

  /// The covariance at a lag.
  ///
  /// - Parameter key: the lag's number.
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
  /// - Parameter keys: the numbers of their places.
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
