import Foundation
import GaussianField
import TextureDataset

/// The continuous labels of a dataset's samples.
struct RegressionLabels: Sendable {
  /// The labels to compute.
  let targets: [RegressionTarget]
  private let recipe: Recipe

  /// - Parameters:
  ///   - targets: the labels to compute.
  ///   - recipe: the recipe of the dataset.
  ///   - allowingConstants: whether a label may be the same in every sample.
  /// - Throws: ``BackdropError`` with code `.invalidOptions` if a target is not a label of the dataset.
  init(_ targets: [RegressionTarget], of recipe: Recipe, allowingConstants: Bool = false) throws(BackdropError) {
    self.targets = targets
    self.recipe = recipe
    let scales = recipe.field.scales
    for target in targets {
      func refuse(_ message: String) -> BackdropError {
        BackdropError(.invalidOptions, "target \(target.name): \(message)")
      }
      guard scales.indices.contains(target.scale) else {
        throw refuse("the dataset has \(counted(scales.count, "scale")), numbered from 0; choose one of them")
      }
      for candidate in scales[target.scale].candidates {
        guard Self.value(target.parameter, of: candidate) != nil else {
          throw refuse(
            "\(candidate.name), a candidate of scale \(target.scale), has no parameter \(target.parameter); choose a"
              + " parameter that all of the scale's candidates have")
        }
      }
      let prior = prior(of: target)
      guard allowingConstants || prior.standardDeviation > 1e-9 * abs(prior.mean) else {
        throw refuse(
          "is \(prior.mean) in every sample, so there is nothing to learn; give the scale a range, or candidates that"
            + " differ in it")
      }
    }
  }

  /// The mean and the standard deviation of each label over the recipe's prior.
  var standardization: [TargetStandardization] { targets.map { prior(of: $0) } }

  /// The labels of samples, shape (sample, target), in their own units.
  func values(ofSamples samples: [Int]) -> [Double] {
    samples.flatMap { sample in
      let choices = recipe.choices(ofClass: recipe.classIndex(ofSample: sample))
      let covariances = recipe.field.covariances(ofSample: sample, choices: choices, seed: recipe.seed)
      return targets.map { Self.value($0.parameter, of: covariances[$0.scale])?.bounds.minimum ?? .nan }
    }
  }

  /// A parameter of a covariance, or its default if it is omitted; nil if there is no such parameter.
  static func value(_ name: String, of covariance: CovarianceModel) -> ParameterValue? {
    if let value = covariance.parameters[name] { return value }
    let parameters = covariance.family.parameters + CovarianceFamily.anisotropy(dimensions: 2)
    return parameters.first { $0.name == name }?.defaultValue.map { .fixed($0) }
  }

  /// The moments of a mixture of the candidates, which are equally probable.
  private func prior(of target: RegressionTarget) -> TargetStandardization {
    let moments = recipe.field.scales[target.scale].candidates.map {
      Self.value(target.parameter, of: $0)?.moments ?? (.nan, .nan)
    }
    let mean = moments.reduce(0) { $0 + $1.mean } / Double(moments.count)
    let variance = moments.reduce(0) { $0 + $1.variance + ($1.mean - mean) * ($1.mean - mean) } / Double(moments.count)
    return TargetStandardization(name: target.name, mean: mean, standardDeviation: variance.squareRoot())
  }
}

extension ParameterValue {
  /// The mean and the variance of its distribution.
  fileprivate var moments: (mean: Double, variance: Double) {
    switch self {
    case .fixed(let value): return (value, 0)
    case .uniform(let range):
      let (low, high) = (range.lowerBound, range.upperBound)
      return ((low + high) / 2, (high - low) * (high - low) / 12)
    case .logUniform(let range):
      let (low, high) = (range.lowerBound, range.upperBound)
      let logarithm = log(high / low)
      let mean = (high - low) / logarithm
      return (mean, max(0, (high - low) * (high + low) / (2 * logarithm) - mean * mean))
    }
  }
}
