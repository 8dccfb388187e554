/// One scale of a texture: the candidate covariances of its field, one for each choice, and its weight in the sum.
public struct Scale: Equatable, Sendable {
  /// The factor of the scale's field in the sum over scales; before weighting its variance is 1.
  public let weight: Double
  /// The candidates: a class is one choice for each scale.
  public let candidates: [CovarianceModel]

  /// - Parameters:
  ///   - weight: the factor of the scale's field.
  ///   - candidates: the candidate covariances, at least one.
  public init(weight: Double, candidates: [CovarianceModel]) {
    self.weight = weight
    self.candidates = candidates
  }

  /// A scale of squared-exponential candidates.
  ///
  /// - Parameters:
  ///   - lengthScales: the candidates' length scales, in pixels.
  ///   - weight: the factor of the scale's field.
  /// - Throws: ``FieldError`` with code `.invalidCovariance`.
  public init(lengthScales: [Double], weight: Double) throws(FieldError) {
    var candidates: [CovarianceModel] = []
    for lengthScale in lengthScales {
      candidates.append(
        try CovarianceModel(family: SquaredExponential.family, [CovarianceFamily.lengthScaleName: lengthScale]))
    }
    self.init(weight: weight, candidates: candidates)
  }
}
