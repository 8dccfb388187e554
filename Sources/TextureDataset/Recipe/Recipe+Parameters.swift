import GaussianField

extension Recipe {
  /// The parameters beside the length scale that differ among the candidates of a scale or are drawn for every sample, in the
  /// order of their names.
  var varyingParameters: [CovarianceFamily.Parameter] {
    let names = Set(
      field.scales.flatMap { scale in
        Set(scale.candidates.flatMap(\.parameters.keys)).filter { name in
          Set(scale.candidates.map { $0.parameters[name] }).count > 1
            || scale.candidates.contains { $0.ranges.contains(name) }
        }
      })
    let all =
      field.scales.flatMap { $0.candidates.flatMap(\.family.parameters) } + CovarianceFamily.anisotropy(dimensions: 3)
    return names.subtracting([CovarianceFamily.lengthScaleName]).sorted().compactMap { name in
      all.first { $0.name == name }
    }
  }

  /// The covariances of a sample, one for each scale; every parameter is a number.
  public func covariances(ofSample sample: Int) -> [CovarianceModel] {
    field.covariances(ofSample: sample, choices: choices(ofClass: classIndex(ofSample: sample)), seed: seed)
  }
}

extension CovarianceModel {
  /// A parameter's number; not a number where the covariance has no such parameter.
  ///
  /// - Precondition: the parameter is no range.
  func number(_ parameter: CovarianceFamily.Parameter) -> Double {
    if let value = parameters[parameter.name] { return value.fixed ?? .nan }
    let own = family.parameters + CovarianceFamily.anisotropy(dimensions: 3)
    return own.contains { $0.name == parameter.name } ? parameter.defaultValue ?? .nan : .nan
  }
}
