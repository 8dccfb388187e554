import GaussianField

/// The keys of a recipe as its YAML and its canonical JSON spell them, each with the values it takes.
enum RecipeKey: String, CaseIterable {
  case side
  case lengthScales = "length_scales"
  case candidates
  case weights
  case covariance
  case boundary
  case standardize
  case dtype
  case seed
  case samples

  /// What a value of this key has to be: the "expected" of an error message.
  var expectation: String {
    switch self {
    case .boundary: Self.names(Boundary.allCases.map(\.rawValue))
    case .candidates:
      "a list of lists of covariances, one list for each scale, such as [[{covariance: squared_exponential, length_scale: 9.5}]]"
    case .covariance: Self.names(CovarianceFamily.all.map(\.name))
    case .dtype: Self.names(Recipe.DType.allCases.map(\.rawValue))
    case .lengthScales: "a list of lists of numbers (pixels), one list for each scale, such as [[9.5, 10], [80, 140]]"
    case .samples: "a whole number from 1 to \(Recipe.sampleRange.upperBound)"
    case .seed: "a whole number from 0 to \(Recipe.maximumSeed) (2^53 - 1, the largest that JSON keeps exactly)"
    case .side: "a whole number from \(FieldModel.sides.lowerBound) to \(FieldModel.sides.upperBound) (pixels)"
    case .standardize: "true or false"
    case .weights: "a list of numbers, one for each scale, such as [0.75, 1.25]"
    }
  }

  /// An error about this key's value, in the words every one of them uses.
  ///
  /// - Parameters:
  ///   - found: what was read.
  ///   - expected: what should have been; the key's ``expectation`` where nothing more precise is known.
  func error(found: String, expected: String? = nil) -> DatasetError {
    DatasetError(.invalidRecipe, "`\(rawValue)`: found \(found), expected \(expected ?? expectation)")
  }

  private static func names(_ names: [String]) -> String { names.joined(separator: " or ") }
}
