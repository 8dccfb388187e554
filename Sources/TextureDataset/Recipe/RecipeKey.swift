import Documents
import GaussianField

/// The keys of a recipe in YAML and canonical JSON, each with its expected values.
enum RecipeKey: String, CaseIterable {
  case side
  case shape
  case lengthScales = "length_scales"
  case candidates
  case weights
  case covariance
  case boundary
  case noise
  case transform
  case allowClamping = "allow_clamping"
  case standardize
  case dtype
  case seed
  case samples

  /// The expected values, as in an error message.
  var expectation: String {
    switch self {
    case .allowClamping: "a number from 0 to 1, with `boundary: open`"
    case .boundary: Self.names(Boundary.allCases.map(\.rawValue))
    case .candidates:
      "a list of lists of covariances, one list for each scale, such as [[{covariance: squared_exponential, length_scale: 9.5}]]"
    case .covariance: Self.names(CovarianceFamily.all.map(\.name))
    case .dtype: Self.names(Recipe.DType.allCases.map(\.rawValue))
    case .lengthScales: "a list of lists of numbers (pixels), one list for each scale, such as [[9.5, 10], [80, 140]]"
    case .noise: "a number from 0 to \(Recipe.noiseRange.upperBound.shortest), the standard deviation of white noise"
    case .samples: "a whole number from 1 to \(Recipe.sampleRange.upperBound)"
    case .seed: "a whole number from 0 to \(Recipe.maximumSeed) (2^53 - 1, the maximum that JSON represents exactly)"
    case .shape:
      "1 to 3 whole numbers (pixels) in the order of the axes: [x], [y, x] or [z, y, x], such as [512, 1024]"
    case .side: "a whole number from \(FieldModel.sides.lowerBound) to \(FieldModel.sides.upperBound) (pixels)"
    case .standardize: "true or false"
    case .transform: "lognormal, or a threshold with its level, such as {threshold: 0.5}"
    case .weights: "a list of numbers, one for each scale, such as [0.75, 1.25]"
    }
  }

  /// An error about this key's value, in the common wording.
  ///
  /// - Parameters:
  ///   - found: what was read.
  ///   - expected: what was expected; nil for the key's ``expectation``.
  func error(found: String, expected: String? = nil) -> DatasetError {
    DatasetError(.invalidRecipe, "`\(rawValue)`: found \(found), expected \(expected ?? expectation)")
  }

  /// "a or b", "a, b or c".
  private static func names(_ names: [String]) -> String {
    names.dropLast().joined(separator: ", ") + (names.count > 1 ? " or " : "") + (names.last ?? "")
  }
}
