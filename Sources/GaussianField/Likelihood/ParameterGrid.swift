#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The nodes of Simpson's rule for integrating over a parameter's prior, with steps of half the minimum standard
/// deviation of any estimator.
struct ParameterGrid {
  /// The values.
  let values: [Double]
  /// Their probabilities, which sum to 1.
  let weights: [Double]

  /// Steps per standard deviation: a Gaussian posterior is then integrated to 1e-8.
  private static let stepsPerStandardDeviation = 2.0
  /// The number of intervals between evaluations of the Fisher information.
  private static let segments = 16

  /// - Parameters:
  ///   - name: the name of a parameter that is a range.
  ///   - candidate: the covariance with the parameter.
  ///   - scale: the index of the candidate's scale.
  ///   - information: the model's Fisher information.
  /// - Throws: ``FieldError`` if the covariance has no spectrum somewhere in the range.
  init(
    _ name: String, of candidate: CovarianceModel, scale: Int, _ information: ParameterInformation
  ) throws(FieldError) {
    let middle = candidate.middle
    guard let range = candidate.parameters[name] else { preconditionFailure("a parameter of the candidate") }
    // The density of the nodes: standard deviations per unit of u, the quantile of the prior.
    func density(at u: Double) throws(FieldError) -> Double {
      let value = range.value(atQuantile: u)
      let covariance = middle.replacing(name, with: value) ?? middle
      let fisher = try information.value(about: name, of: covariance, scale: scale, spectra: nil)
      return fisher.squareRoot() * range.slope(at: u)
    }
    var densities: [Double] = []
    for index in 0...Self.segments { densities.append(try density(at: Double(index) / Double(Self.segments))) }
    // At least a tenth of the average, so that the grid has values everywhere.
    let minimum = max(1, 0.1 * densities.reduce(0, +) / Double(densities.count))
    densities = densities.map { max($0, minimum) }
    var length = [0.0]
    for (a, b) in zip(densities, densities.dropFirst()) {
      length.append((length.last ?? 0) + (a + b) / 2 / Double(Self.segments))
    }
    let total = length.last ?? 0
    let intervals = max(16, 2 * Int((total * Self.stepsPerStandardDeviation / 2).rounded(.up)))
    var (values, weights): ([Double], [Double]) = ([], [])
    var segment = 0
    for node in 0...intervals {
      let target = total * Double(node) / Double(intervals)
      while segment < Self.segments - 1, length[segment + 1] < target { segment += 1 }
      // In a segment the density is linear, and the length is its integral.
      let (from, to) = (densities[segment], densities[segment + 1])
      let rest = max(0, target - length[segment]) * Double(Self.segments)
      let fraction = min(1, 2 * rest / (from + (from * from + 2 * (to - from) * rest).squareRoot()))
      let u = (Double(segment) + fraction) / Double(Self.segments)
      let spacing = 1 / (from + (to - from) * fraction)
      let simpson = node == 0 || node == intervals ? 1.0 : node % 2 == 1 ? 4 : 2
      values.append(range.value(atQuantile: u))
      weights.append(simpson * spacing)
    }
    let sum = weights.reduce(0, +)
    self.values = values
    self.weights = weights.map { $0 / sum }
  }
}

extension ParameterValue {
  /// The derivative of ``value(atQuantile:)``.
  fileprivate func slope(at fraction: Double) -> Double {
    switch self {
    case .fixed: 0
    case .uniform(let range): range.upperBound - range.lowerBound
    case .logUniform(let range): value(atQuantile: fraction) * log(range.upperBound / range.lowerBound)
    }
  }
}
