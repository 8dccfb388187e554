/// One scale of a texture: the covariances that its field may have, one for each choice, and its weight in the sum.
public struct Scale: Equatable, Sendable {
  /// The factor of the scale's field, of variance 1 before, in the sum of all scales.
  public let weight: Double
  /// The candidates: a class is one choice for each scale.
  public let candidates: [CovarianceModel]

  /// - Parameters:
  ///   - weight: the factor of the scale's field.
  ///   - candidates: the covariances that it may have.
  public init(weight: Double, candidates: [CovarianceModel]) {
    self.weight = weight
    self.candidates = candidates
  }

  /// A scale of squared-exponential candidates.
  ///
  /// - Parameters:
  ///   - lengthScales: of the candidates, in pixels.
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
