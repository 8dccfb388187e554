import Documents
import GaussianField

/// The one place where keys meet values: reading them, and writing them.
extension RecipeDocument {
  /// Takes a key's value.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` where it is of another type or out of its range.
  mutating func read<Value: DocumentValue>(_ key: RecipeKey, _ value: Value) throws(DatasetError) {
    func required<Result>(_ result: Result?, of found: Value? = nil) throws(DatasetError) -> Result {
      guard let result else { throw (found ?? value).error(key) }
      return result
    }
    func each<Result>(
      _ list: Value, _ body: (Value) throws(DatasetError) -> Result
    ) throws(DatasetError) -> [Result] {
      var results: [Result] = []
      for element in try required(list.list, of: list) { results.append(try body(element)) }
      return results
    }
    func number(_ value: Value) throws(DatasetError) -> Double { try required(value.number, of: value) }
    // A word in quotes, since it is shown as a name, not as what was found instead of one.
    func named<Result>(_ result: Result?, expected: String? = nil) throws(DatasetError) -> Result {
      guard let result else { throw value.error(key, found: try required(value.word).quoted, expected: expected) }
      return result
    }

    switch key {
    case .boundary:
      boundary = try named(
        Boundary(rawValue: try required(value.word)),
        expected: value.word == "open" ? "periodic: this version of gpgen makes periodic textures only" : nil)
    case .candidates:
      candidates = try each(value) { list throws(DatasetError) in
        try each(list) { candidate throws(DatasetError) in try Self.covariance(candidate, key) }
      }
    case .covariance: covariance = try named(CovarianceFamily.named(try required(value.word))).name
    case .dtype: dtype = try named(Recipe.DType(rawValue: try required(value.word)))
    case .lengthScales:
      lengthScales = try each(value) { list throws(DatasetError) in try each(list, number) }
    case .samples: samples = try required(value.integer())
    case .seed: seed = try required(value.integer())
    case .side: side = try required(value.integer())
    case .standardize: standardize = try required(value.bool)
    case .weights: weights = try each(value, number)
    }
  }

  /// A covariance with its parameters: `{covariance: squared_exponential, length_scale: 9.5}`.
  private static func covariance<Value: DocumentValue>(
    _ value: Value, _ key: RecipeKey
  ) throws(DatasetError) -> CovarianceModel {
    guard let members = value.members else { throw value.error(key) }
    var values: [String: Double] = [:]
    var family: CovarianceFamily?
    for (name, member) in members {
      if name == RecipeKey.covariance.rawValue {
        family = member.word.flatMap { CovarianceFamily.named($0) }
        guard family != nil else { throw member.error(key, expected: RecipeKey.covariance.expectation) }
      } else {
        guard let number = member.number else { throw member.error(key, expected: "a number") }
        values[name] = number
      }
    }
    guard let family else { throw value.error(key, found: "a candidate without `covariance`") }
    do {
      return try CovarianceModel(family: family, values)
    } catch {
      throw DatasetError(.invalidRecipe, value.located("`\(key.rawValue)`: \(error.message)"))
    }
  }

  /// A key's value; none where it is left open.
  func value(of key: RecipeKey) -> CanonicalJSON? {
    switch key {
    case .boundary: boundary.map { .string($0.rawValue) }
    case .candidates: candidates.map { .array($0.map { .array($0.map(Self.value)) }) }
    case .covariance: covariance.map { .string($0) }
    case .dtype: dtype.map { .string($0.rawValue) }
    case .lengthScales: lengthScales.map { .array($0.map(Self.value)) }
    case .samples: samples.map { .number(Double($0)) }
    case .seed: seed.map { .number(Double($0)) }
    case .side: side.map { .number(Double($0)) }
    case .standardize: standardize.map { .bool($0) }
    case .weights: weights.map(Self.value)
    }
  }

  private static func value(_ numbers: [Double]) -> CanonicalJSON { .array(numbers.map { .number($0) }) }

  private static func value(_ candidate: CovarianceModel) -> CanonicalJSON {
    .object(
      candidate.parameters.compactMapValues { $0.fixed.map { .number($0) } }
        .merging([RecipeKey.covariance.rawValue: .string(candidate.name)]) { $1 })
  }

  /// The document as canonical JSON: the keys that are not left open.
  var json: CanonicalJSON {
    .object(
      Dictionary(
        uniqueKeysWithValues: RecipeKey.allCases.compactMap { key in value(of: key).map { (key.rawValue, $0) } })
    )
  }

  /// Checks a value that has been read, as far as it can be checked by itself.
  func checkRange(of key: RecipeKey) throws(DatasetError) {
    switch key {
    case .candidates: if let candidates { try Recipe.check(candidates: candidates) }
    case .lengthScales: if let lengthScales { try Recipe.check(lengthScales: lengthScales) }
    case .samples: if let samples { try Recipe.check(samples: samples) }
    case .seed: if let seed { try Recipe.check(seed: seed) }
    case .side: if let side { try Recipe.check(side: side) }
    case .weights: if let weights { try Recipe.check(weights: weights) }
    case .boundary, .covariance, .dtype, .standardize: break
    }
  }
}

extension RecipeDocument: Codable {
  /// The keys that a document has; others are refused.
  public init(from decoder: any Decoder) throws {
    let json = try CanonicalJSON(from: decoder)
    guard case .object(let members) = json else {
      throw DatasetError(.invalidRecipe, "The stored recipe is not a JSON object.")
    }
    self.init()
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      guard let key = RecipeKey(rawValue: name) else {
        throw DatasetError(
          .invalidRecipe,
          "The stored recipe has a key \(name.quoted) that this version of gpgen does not know;"
            + " a newer one may have written it.")
      }
      try read(key, value)
    }
  }

  /// The keys that are not left open.
  public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}

extension Recipe: Encodable {
  /// As its document.
  public func encode(to encoder: any Encoder) throws { try RecipeDocument(self).encode(to: encoder) }
}

extension DocumentValue {
  /// An error about this value of a key, with its place.
  fileprivate func error(_ key: RecipeKey, found: String? = nil, expected: String? = nil) -> DatasetError {
    DatasetError(.invalidRecipe, located(key.error(found: found ?? description, expected: expected).message))
  }
}
