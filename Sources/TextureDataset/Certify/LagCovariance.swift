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

  /// The covariance of two pixels by their coordinates.
  func value(_ a: [Int], _ b: [Int]) -> Double { value(zip(a, b).map { $0 - $1 }) }
}
