import Yams

extension RecipeDraft {
  /// A recipe file's values; every key is optional.
  ///
  /// - Parameters:
  ///   - yaml: the file's text, one YAML mapping with the keys of ``Recipe/canonicalJSON``.
  ///   - file: the file's name, for messages.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, naming file, line and key.
  public init(yaml: String, file: String) throws(DatasetError) {
    self.init()
    let reader = YAMLFile(recipe: file)
    var lines: [RecipeKey: Int] = [:]
    for (name, value) in try reader.mapping(of: yaml) {
      let key = try reader.key(name)
      lines[key] = name.mark?.line
      try read(key, value, reader)
      try reader.locating(line: lines[key]) { () throws(DatasetError) in try checkRange(of: key) }
    }
    if let lengthScales, let weights {
      try reader.locating(line: lines[.weights]) { () throws(DatasetError) in
        try Recipe.check(weights: weights, match: lengthScales.count)
      }
    }
  }

  private mutating func read(_ key: RecipeKey, _ value: Node, _ reader: YAMLFile) throws(DatasetError) {
    switch key {
    case .boundary: boundary = try reader.word(value, key, Recipe.Boundary.init(recipeValue:))
    case .covariance: covariance = try reader.word(value, key, Recipe.Covariance.init(recipeValue:))
    case .dtype: dtype = try reader.word(value, key, Recipe.DType.init(recipeValue:))
    case .lengthScales: lengthScales = try reader.numberLists(value, key)
    case .samples: samples = try reader.integer(value, key)
    case .seed: seed = try reader.integer(value, key)
    case .side: side = try reader.integer(value, key)
    case .standardize: standardize = try reader.bool(value, key)
    case .weights: weights = try reader.numbers(value, key)
    }
  }

  /// Checks a value that has been read, as far as it can be checked by itself.
  private func checkRange(of key: RecipeKey) throws(DatasetError) {
    switch key {
    case .lengthScales: if let lengthScales { try Recipe.check(lengthScales: lengthScales) }
    case .samples: if let samples { try Recipe.check(samples: samples) }
    case .seed: if let seed { try Recipe.check(seed: seed) }
    case .side: if let side { try Recipe.check(side: side) }
    case .weights: if let weights { try Recipe.check(weights: weights) }
    case .boundary, .covariance, .dtype, .standardize: break
    }
  }
}

extension Recipe {
  /// The recipe a file describes, with defaults for the keys it leaves out.
  ///
  /// - Parameters:
  ///   - yaml: the file's text, one YAML mapping with the keys of ``canonicalJSON``.
  ///   - file: the file's name, for messages.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, naming the file and, where one is at fault, line and key.
  public init(yaml: String, file: String) throws(DatasetError) {
    let draft = try RecipeDraft(yaml: yaml, file: file)
    self = try YAMLFile(recipe: file).locating(line: nil) { () throws(DatasetError) in try draft.recipe() }
  }
}
