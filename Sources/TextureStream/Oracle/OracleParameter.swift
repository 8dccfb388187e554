import Foundation
import GaussianField
import TextureDataset

/// A parameter that is drawn for every sample. The oracle estimates it by its posterior mean given the texture.
///
/// Classes whose covariance has no such parameter are excluded from the posterior.
struct OracleParameter: Sendable {
  let scale: Int
  let name: String
  /// The parameter under each hypothesis; NaN if the covariance does not have it.
  private let values: [Double]
  /// The prior probabilities of the hypotheses, not normalized.
  private let weights: [Double]
  /// The minimum and maximum values.
  private let bounds: (minimum: Double, maximum: Double)

  /// The parameters of a recipe that are ranges.
  static func all(of recipe: Recipe, _ hypotheses: [Hypothesis]) -> [OracleParameter] {
    recipe.field.scales.enumerated().flatMap { index, scale in
      Set(scale.candidates.flatMap(\.ranges)).sorted().map { name in
        OracleParameter(scale: index, name: name, hypotheses)
      }
    }
  }

  private init(scale: Int, name: String, _ hypotheses: [Hypothesis]) {
    self.scale = scale
    self.name = name
    values = hypotheses.map { Self.value(of: name, $0.covariances[scale]) }
    weights = hypotheses.map { exp($0.logWeight) }
    let known = values.filter { !$0.isNaN }
    bounds = (known.min() ?? 0, known.max() ?? 0)
  }

  private static func value(of name: String, _ covariance: CovarianceModel) -> Double {
    covariance.parameters[name]?.fixed ?? covariance.family.parameter(name)?.defaultValue ?? .nan
  }

  /// The squared span of the values, the unit of the sums.
  private var unit: Double { max(.leastNormalMagnitude, pow(bounds.maximum - bounds.minimum, 2)) }

  /// The prior variance.
  var priorVariance: Double { moments(weights).variance }

  /// The mean and the variance under weights of the hypotheses, which need not be normalized.
  private func moments(_ weights: [Double]) -> (mean: Double, variance: Double) {
    var (sum, first) = (0.0, 0.0)
    for (value, weight) in zip(values, weights) where !value.isNaN {
      sum += weight
      first += weight * value
    }
    let mean = first / sum
    let second = zip(values, weights).reduce(0) { $1.0.isNaN ? $0 : $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) }
    return (mean, second / sum)
  }

  /// Adds a sample's estimate to a tally.
  ///
  /// - Parameters:
  ///   - index: the index of the parameter in the tally.
  ///   - covariances: the sample's covariances.
  ///   - posteriors: the posteriors of the hypotheses, not normalized.
  func score(_ index: Int, _ covariances: [CovarianceModel], posteriors: [Double], in tally: inout OracleTally) {
    let truth = Self.value(of: name, covariances[scale])
    let (mean, variance) = moments(posteriors)
    guard !truth.isNaN, mean.isFinite else { return }
    tally.add(
      parameter: index, squaredError: (mean - truth) * (mean - truth) / unit, variance: variance / unit)
  }

  /// The parameter's entry in a report.
  func report(_ sums: OracleTally.ParameterSums, _ information: [Double]) -> OracleReport.Parameter {
    let factor = sums.samples > 0 ? unit / Double(sums.samples) : nil
    let bounds = information.filter { $0 > 0 }.map { 1 / $0 }
    return OracleReport.Parameter(
      scale: scale, parameter: name, samples: sums.samples,
      meanSquaredError: factor.map { sums.squaredError.value * $0 },
      expectedPosteriorVariance: factor.map { sums.variance.value * $0 }, priorVariance: priorVariance,
      fisherInformation: information.isEmpty ? nil : information.reduce(0, +) / Double(information.count),
      cramerRaoBound: bounds.isEmpty || bounds.count < information.count
        ? nil : bounds.reduce(0, +) / Double(bounds.count))
  }

  /// The number of quantiles of the range at which the Fisher information is computed.
  private static let quantiles = 8
  /// The maximum number of classes for which it is computed.
  private static let maximumClasses = 16

  /// The Fisher information about the parameter at quantiles of its range, in classes evenly spaced among those that
  /// have it; other ranges are evaluated at their middle.
  func information(in recipe: Recipe, shouldContinue: () -> Bool) throws(FieldError) -> [Double] {
    var information: [Double] = []
    let classes = (0..<recipe.classCount).map { index in
      zip(recipe.field.scales, recipe.choices(ofClass: index)).map { $0.candidates[$1] }
    }.filter { $0[scale].ranges.contains(name) }
    let count = min(classes.count, Self.maximumClasses)
    for candidates in (0..<count).map({ classes[$0 * classes.count / count] }) {
      guard let range = candidates[scale].parameters[name] else { continue }
      var covariances = candidates.map(\.middle)
      for quantile in 0..<Self.quantiles {
        guard shouldContinue() else { return information }
        let value = range.value(atQuantile: (Double(quantile) + 0.5) / Double(Self.quantiles))
        covariances[scale] = candidates[scale].middle.replacing(name, with: value) ?? candidates[scale].middle
        information.append(
          try recipe.field.fisherInformation(
            about: name, ofScale: scale, covariances: covariances, precision: recipe.dtype.precision))
      }
    }
    return information
  }
}
