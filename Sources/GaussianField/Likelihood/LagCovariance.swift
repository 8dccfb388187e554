/// The covariance of an open texture's pixels as a function of lag, including noise, before the transform.
package struct LagCovariance: Sendable {
  private struct Term: Sendable {
    let covariance: any Covariance
    let anisotropy: Anisotropy
    let factor: Double
  }

  private let terms: [Term]
  private let nugget: Double
  private let dimensions: Int

  /// - Parameters:
  ///   - model: the model of the textures.
  ///   - covariances: one for each scale; every parameter is a number.
  ///   - rounding: the variance of additional white noise.
  package init(_ model: FieldModel, _ covariances: [CovarianceModel], rounding: Double = 0) {
    let dimensions = model.shape.dimensions
    self.dimensions = dimensions
    terms = zip(model.scales, covariances).map {
      Term(
        covariance: $1.covariance, anisotropy: $1.anisotropy(dimensions: dimensions), factor: $0.weight * $0.weight)
    }
    nugget = model.noise * model.noise + rounding
  }

  /// The covariance of one weighted scale, without noise.
  package init(scale: Int, of model: FieldModel, _ covariance: CovarianceModel) {
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
  package func value(_ lag: some Collection<Int>) -> Double {
    let own = lag.map(Double.init)
    let sum = terms.reduce(0) { sum, term in
      let distance = term.anisotropy.squaredDistance(own).squareRoot()
      return sum + term.factor * term.covariance.value(atDistance: distance, dimensions: dimensions)
    }
    return lag.allSatisfy { $0 == 0 } ? sum + nugget : sum
  }
}
