import Foundation
import GaussianField
import TextureDataset

/// The property of a recipe that is varied to make its classes easier or harder to distinguish.
public enum CeilingDial: String, CaseIterable, Sendable {
  /// The standard deviation of the white noise in every pixel.
  case noise
  /// The ratio between the length scales of each scale's candidates, moved towards 1 around their geometric mean. Other
  /// parameters are unchanged.
  case contrast

  /// The range of settings; higher ones are easier. For noise, the inverse of its standard deviation; for contrast, the
  /// power to which ratios are raised.
  var range: ClosedRange<Double> {
    switch self {
    case .noise: 1e-6...1e6
    case .contrast: 1e-4...1
    }
  }

  /// The initial setting of the search.
  func start(in recipe: Recipe) -> Double {
    switch self {
    case .noise: 1 / min(1e5, max(1e-5, recipe.standardDeviation(ofClass: 0)))
    case .contrast: 0.5
    }
  }

  /// The easiest recipe.
  ///
  /// - Throws: ``StreamError`` with code `.invalidOptions` if the recipe has nothing to vary.
  func easiest(_ recipe: Recipe) throws(StreamError) -> Recipe {
    switch self {
    case .noise: try recipe.with(noise: 0)
    case .contrast: try recipe.with(contrast: 1)
    }
  }

  /// The recipe at a setting, with numbers rounded as they are printed.
  func recipe(_ recipe: Recipe, at setting: Double) throws(StreamError) -> Recipe {
    switch self {
    case .noise: try recipe.with(noise: rounded(1 / setting, digits: 4))
    case .contrast: try recipe.with(contrast: setting)
    }
  }

  /// A readable description of a setting.
  func text(_ setting: Double) -> String {
    switch self {
    case .noise: "noise \(String(format: "%.4g", 1 / setting))"
    case .contrast: "contrast \(String(format: "%.4g", setting))"
    }
  }
}

/// A number rounded to significant digits.
private func rounded(_ number: Double, digits: Int) -> Double {
  Double(String(format: "%.\(digits)g", number)) ?? number
}

extension Recipe {
  /// Returns the same recipe with another number of samples.
  public func with(samples: Int) throws(DatasetError) -> Recipe {
    try Recipe(field: field, dtype: dtype, seed: seed, samples: samples)
  }

  fileprivate func with(noise: Double) throws(StreamError) -> Recipe { try with(scales: field.scales, noise: noise) }

  /// - Parameter power: the exponent of the ratio of each length scale to the geometric mean.
  fileprivate func with(contrast power: Double) throws(StreamError) -> Recipe {
    let name = CovarianceFamily.lengthScaleName
    var scales: [Scale] = []
    var changes = false
    for scale in field.scales {
      let fixed = scale.candidates.map { $0.parameters[name]?.fixed }
      let lengths = fixed.compactMap { $0 }
      guard lengths.count == fixed.count, Set(lengths).count > 1 else {
        scales.append(scale)
        continue
      }
      changes = true
      guard power != 1 else {
        scales.append(scale)
        continue
      }
      let mean = lengths.reduce(0) { $0 + log($1) } / Double(lengths.count)
      var candidates: [CovarianceModel] = []
      for (candidate, length) in zip(scale.candidates, lengths) {
        var parameters = candidate.parameters
        parameters[name] = .fixed(rounded(exp(mean + power * (log(length) - mean)), digits: 7))
        do throws(FieldError) {
          candidates.append(try CovarianceModel(family: candidate.family, parameters, table: candidate.table))
        } catch {
          throw StreamError(error)
        }
      }
      scales.append(Scale(weight: scale.weight, candidates: candidates))
    }
    guard changes else {
      throw StreamError(
        .invalidOptions,
        "contrast varies different length scales, but no scale has candidates with different ones; vary the noise instead"
      )
    }
    return try with(scales: scales, noise: field.noise)
  }

  private func with(scales: [Scale], noise: Double) throws(StreamError) -> Recipe {
    do {
      return try Recipe(
        field: field.with(scales: scales, noise: noise), dtype: dtype, seed: seed, samples: samples)
    } catch {
      throw StreamError(unreadable: error)
    }
  }
}
