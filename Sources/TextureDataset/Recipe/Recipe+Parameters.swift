import GaussianField

extension Recipe {
  /// The parameters, other than the length scale, that differ among the candidates of a scale or are drawn for every
  /// sample, sorted by name.
  var varyingParameters: [CovarianceFamily.Parameter] {
    let names = Set(
      field.scales.flatMap { scale in
        Set(scale.candidates.flatMap(\.parameters.keys)).filter { name in
          Set(scale.candidates.map { $0.parameters[name] }).count > 1
            || scale.candidates.contains { $0.ranges.contains(name) }
        }
      })
    let families = field.scales.flatMap { $0.candidates.map(\.family) }
    return names.subtracting([CovarianceFamily.lengthScaleName]).sorted().compactMap { name in
      families.lazy.compactMap { $0.parameter(name) }.first
    }
  }

  /// The covariances of a sample, one for each scale; all parameters are numbers, not ranges.
  public func covariances(ofSample sample: Int) -> [CovarianceModel] {
    field.covariances(ofSample: sample, choices: choices(ofClass: classIndex(ofSample: sample)), seed: seed)
  }
}

extension CovarianceModel {
  /// A parameter's value; NaN if the covariance has no such parameter.
  ///
  /// - Precondition: the parameter is not a range.
  func number(_ parameter: CovarianceFamily.Parameter) -> Double {
    (parameters[parameter.name]?.fixed ?? family.parameter(parameter.name)?.defaultValue) ?? .nan
  }
}
