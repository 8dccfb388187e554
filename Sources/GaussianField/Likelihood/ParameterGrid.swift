#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The values of a parameter by which its prior, even over a range, is integrated: Simpson's rule in steps of half the least
/// standard deviation that any estimator can have.
struct ParameterGrid {
  /// The values.
  let values: [Double]
  /// Their probabilities, which sum to 1.
  let weights: [Double]

  /// Steps per standard deviation: a Gaussian posterior is then integrated to 1e-8.
  private static let stepsPerDeviation = 2.0
  private static let probes = 16

  /// - Parameters:
  ///   - name: of a parameter that is a range.
  ///   - candidate: of the scale, that has it.
  ///   - scale: of the candidate.
  ///   - information: about parameters of the model.
  /// - Throws: ``FieldError`` where the covariance has no spectrum somewhere in the range.
  init(
    _ name: String, of candidate: CovarianceModel, scale: Int, _ information: ParameterInformation
  ) throws(FieldError) {
    let middle = candidate.middle
    guard let range = candidate.parameters[name] else { preconditionFailure("a parameter of the candidate") }
    // Standard deviations from one place to the next, at places even in the prior.
    func deviations(at u: Double) throws(FieldError) -> Double {
      let value = range.value(atQuantile: u)
      let covariance = middle.replacing(name, with: value) ?? middle
      let fisher = try information.value(about: name, of: covariance, scale: scale, spectra: nil)
      return fisher.squareRoot() * range.slope(at: u)
    }
    var places: [Double] = []
    for probe in 0...Self.probes { places.append(try deviations(at: Double(probe) / Double(Self.probes))) }
    // No slower than a tenth of the average: the grid has values everywhere.
    let least = max(1, 0.1 * places.reduce(0, +) / Double(places.count))
    places = places.map { max($0, least) }
    var length = [0.0]
    for (a, b) in zip(places, places.dropFirst()) {
      length.append((length.last ?? 0) + (a + b) / 2 / Double(Self.probes))
    }
    let total = length.last ?? 0
    let intervals = max(16, 2 * Int((total * Self.stepsPerDeviation / 2).rounded(.up)))
    var (values, weights): ([Double], [Double]) = ([], [])
    var segment = 0
    for node in 0...intervals {
      let target = total * Double(node) / Double(intervals)
      while segment < Self.probes - 1, length[segment + 1] < target { segment += 1 }
      // Between two places the deviations are linear, and the length is their integral.
      let (from, to) = (places[segment], places[segment + 1])
      let rest = max(0, target - length[segment]) * Double(Self.probes)
      let fraction = min(1, 2 * rest / (from + (from * from + 2 * (to - from) * rest).squareRoot()))
      let u = (Double(segment) + fraction) / Double(Self.probes)
      let density = 1 / (from + (to - from) * fraction)
      let simpson = node == 0 || node == intervals ? 1.0 : node % 2 == 1 ? 4 : 2
      values.append(range.value(atQuantile: u))
      weights.append(simpson * density)
    }
    let sum = weights.reduce(0, +)
    self.values = values
    self.weights = weights.map { $0 / sum }
  }
}

extension ParameterValue {
  /// How fast the number changes with the fraction.
  fileprivate func slope(at fraction: Double) -> Double {
    switch self {
    case .fixed: 0
    case .uniform(let range): range.upperBound - range.lowerBound
    case .logUniform(let range): value(atQuantile: fraction) * log(range.upperBound / range.lowerBound)
    }
  }
}
