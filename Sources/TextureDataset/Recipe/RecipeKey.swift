/// The keys of a recipe as its YAML and its canonical JSON spell them, each with the values it takes.
enum RecipeKey: String, CaseIterable {
  case boundary
  case covariance
  case dtype
  case lengthScales = "length_scales"
  case samples
  case seed
  case side
  case standardize
  case weights

  /// What a value of this key has to be: the "expected" of an error message.
  var expectation: String {
    switch self {
    case .boundary: Self.names(Recipe.Boundary.self)
    case .covariance: Self.names(Recipe.Covariance.self)
    case .dtype: Self.names(Recipe.DType.self)
    case .lengthScales: "a list of lists of numbers (pixels), one list for each scale, such as [[9.5, 10], [80, 140]]"
    case .samples: "a whole number from 1 to \(Recipe.sampleRange.upperBound)"
    case .seed: "a whole number from 0 to \(Recipe.maximumSeed) (2^53 - 1, the largest that JSON keeps exactly)"
    case .side: "a whole number from \(Recipe.sideRange.lowerBound) to \(Recipe.sideRange.upperBound) (pixels)"
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

  private static func names<Value>(_: Value.Type) -> String
  where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    Value.allCases.map(\.rawValue).joined(separator: " or ")
  }
}

extension Recipe.Boundary {
  /// The boundary of this name; `open` is known, and refused by name.
  init(recipeValue name: String) throws(DatasetError) {
    guard let boundary = Self(rawValue: name) else {
      throw RecipeKey.boundary.error(
        found: name.quoted,
        expected: name == "open"
          ? "periodic: this version of gpgen makes periodic textures only" : nil)
    }
    self = boundary
  }
}

extension Recipe.Covariance {
  /// The covariance of this name.
  init(recipeValue name: String) throws(DatasetError) {
    guard let covariance = Self(rawValue: name) else { throw RecipeKey.covariance.error(found: name.quoted) }
    self = covariance
  }
}

extension Recipe.DType {
  /// The type of this name.
  init(recipeValue name: String) throws(DatasetError) {
    guard let dtype = Self(rawValue: name) else { throw RecipeKey.dtype.error(found: name.quoted) }
    self = dtype
  }
}

extension String {
  /// This text in quotes for a message: cut to 40 characters, and escaped, since it may be anything.
  package var quoted: String {
    let shown = unicodeScalars.prefix(40).map { $0.escaped(asASCII: true) }.joined()
    return unicodeScalars.count > 40 ? "\"\(shown)…\"" : "\"\(shown)\""
  }
}
