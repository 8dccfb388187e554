import Documents
import GaussianField

/// Reads and writes the values of all keys.
extension RecipeDocument {
  /// Reads a key's value.
  ///
  /// - Parameter folder: the base of relative paths in the value, if it may name files.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` if it has another type or is out of range.
  mutating func read<Value: DocumentValue>(
    _ key: RecipeKey, _ value: Value, in folder: RecipeFolder
  ) throws(DatasetError) {
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
    // A name of the wrong kind is quoted in the message.
    func named<Result>(_ result: Result?) throws(DatasetError) -> Result {
      guard let result else { throw value.error(key, found: try required(value.word).quoted) }
      return result
    }

    switch key {
    case .allowClamping: allowedClamping = try number(value)
    case .boundary: boundary = try named(Boundary(rawValue: try required(value.word)))
    case .candidates:
      candidates = try each(value) { list throws(DatasetError) in
        try each(list) { candidate throws(DatasetError) in try Self.covariance(candidate, key, folder) }
      }
    case .covariance:
      func template(_ value: Value) throws(DatasetError) -> CovarianceTemplate {
        let text = try required(value.word, of: value)
        do { return try CovarianceTemplate(text, in: folder) } catch {
          throw DatasetError(.invalidRecipe, value.located(error.message))
        }
      }
      covariance = value.list == nil ? [try template(value)] : try each(value, template)
      if covariance?.isEmpty == true { throw value.error(key) }
    case .dtype: dtype = try named(Recipe.DType(rawValue: try required(value.word)))
    case .lengthScales:
      lengthScales = try each(value) { list throws(DatasetError) in try each(list, number) }
    case .noise: noise = try number(value)
    case .samples: samples = try required(value.integer())
    case .seed: seed = try required(value.integer())
    case .shape:
      let extents: [Int] = try each(value) { extent throws(DatasetError) in try required(extent.integer(), of: extent) }
      shape = try Recipe.shape(extents: extents)
    case .side: side = try required(value.integer())
    case .standardize: standardize = try required(value.bool)
    case .transform: transform = try required(Self.transform(value))
    case .weights: weights = try each(value, number)
    }
  }

  /// Parses a covariance with its parameters: `{covariance: squared_exponential, length_scale: 9.5}`.
  private static func covariance<Value: DocumentValue>(
    _ value: Value, _ key: RecipeKey, _ folder: RecipeFolder
  ) throws(DatasetError) -> CovarianceModel {
    guard let members = value.members else { throw value.error(key) }
    var values: [String: ParameterValue] = [:]
    var family: CovarianceFamily?
    var table: SpectrumTable?
    for (name, member) in members {
      if name == RecipeKey.covariance.rawValue {
        family = member.word.flatMap { CovarianceFamily.named($0) }
        guard family != nil else { throw member.error(key, expected: RecipeKey.covariance.expectation) }
      } else if name == TableForm.table || name == TableForm.file {
        guard table == nil else {
          throw member.error(
            key, found: "`\(TableForm.table)` and `\(TableForm.file)`",
            expected: "only one of the two, since both give the table")
        }
        table = try name == TableForm.table ? spectrumTable(member, key) : spectrumFile(member, key, folder)
      } else {
        values[name] = try parameter(member, name, key)
      }
    }
    guard let family else { throw value.error(key, found: "a candidate without `covariance`") }
    do {
      return try CovarianceModel(family: family, values, table: table)
    } catch {
      throw DatasetError(.invalidRecipe, value.located("`\(key.rawValue)`: \(error.message)"))
    }
  }

  /// Parses a table of a spectral density: `[[0.1, 100], [0.2, 25]]`, k in radians per pixel and P.
  private static func spectrumTable<Value: DocumentValue>(
    _ value: Value, _ key: RecipeKey
  ) throws(DatasetError) -> SpectrumTable {
    let form = "a table of rows [k, P], such as [[0.1, 100], [0.2, 25]]"
    guard let list = value.list else { throw value.error(key, expected: form) }
    var rows: [SpectrumTable.Row] = []
    for row in list {
      guard let numbers = row.list?.map(\.number), numbers.count == 2, let k = numbers[0], let density = numbers[1]
      else {
        throw row.error(key, expected: form)
      }
      rows.append(.init(waveNumber: k, density: density))
    }
    do {
      return try SpectrumTable(rows)
    } catch {
      throw DatasetError(.invalidRecipe, value.located("`\(key.rawValue)`: \(error.message)"))
    }
  }

  /// Reads the table in a file that a recipe names.
  private static func spectrumFile<Value: DocumentValue>(
    _ value: Value, _ key: RecipeKey, _ folder: RecipeFolder
  ) throws(DatasetError) -> SpectrumTable {
    guard let name = value.word else { throw value.error(key, expected: "the name of a file, such as spectrum.csv") }
    guard let path = folder.path(of: name) else {
      throw value.error(
        key, found: "`\(TableForm.file)`",
        expected: "`\(TableForm.table)`, since a dataset stores its tables inline")
    }
    do { return try SpectrumFile.read(path) } catch {
      throw DatasetError(.invalidRecipe, value.located("`\(key.rawValue)`: \(error.message)"))
    }
  }

  /// Parses a parameter: a number, or a range, `{uniform: [0.5, 2]}` or `{log_uniform: [5, 20]}`.
  private static func parameter<Value: DocumentValue>(
    _ value: Value, _ name: String, _ key: RecipeKey
  ) throws(DatasetError) -> ParameterValue {
    if let number = value.number { return .fixed(number) }
    let forms = "\(name) as a number, {uniform: [minimum, maximum]} or {log_uniform: [minimum, maximum]}"
    guard let members = value.members, members.count == 1, let ends = members[0].value.list?.map(\.number),
      ends.count == 2, let minimum = ends[0], let maximum = ends[1]
    else { throw value.error(key, expected: forms) }
    let found = "\(name) from \(minimum.shortest) to \(maximum.shortest)"
    guard minimum < maximum else {
      throw value.error(key, found: found, expected: "a range whose minimum is below its maximum")
    }
    switch members[0].name {
    case RangeForm.uniform: return .uniform(minimum...maximum)
    case RangeForm.logUniform:
      guard minimum > 0 else {
        throw value.error(
          key, found: found, expected: "a minimum over 0, since log_uniform takes logarithms; use uniform")
      }
      return .logUniform(minimum...maximum)
    default: throw value.error(key, found: members[0].name.quoted, expected: forms)
    }
  }

  private static func transform<Value: DocumentValue>(_ value: Value) -> PixelTransform? {
    if value.word == TransformForm.lognormal { return .lognormal }
    guard let members = value.members, members.count == 1, members[0].name == TransformForm.threshold else {
      return nil
    }
    return members[0].value.number.map { .threshold($0) }
  }

  private static func value(_ transform: PixelTransform) -> CanonicalJSON? {
    switch transform {
    case .identity: nil
    case .lognormal: .string(TransformForm.lognormal)
    case .threshold(let level): .object([TransformForm.threshold: .number(level)])
    }
  }

  /// A key's value; nil if it is unset.
  func value(of key: RecipeKey) -> CanonicalJSON? {
    switch key {
    case .allowClamping: allowedClamping.map { .number($0) }
    case .boundary: boundary.map { .string($0.rawValue) }
    case .candidates: candidates.map { .array($0.map { .array($0.map(Self.value)) }) }
    case .covariance:
      covariance.map { $0.count == 1 ? .string($0[0].text) : .array($0.map { .string($0.text) }) }
    case .dtype: dtype.map { .string($0.rawValue) }
    case .lengthScales: lengthScales.map { .array($0.map(Self.value)) }
    case .noise: noise.map { .number($0) }
    case .samples: samples.map { .number(Double($0)) }
    case .seed: seed.map { .number(Double($0)) }
    case .shape: shape.map { .array($0.extents.map { .number(Double($0)) }) }
    case .side: side.map { .number(Double($0)) }
    case .standardize: standardize.map { .bool($0) }
    case .transform: transform.flatMap(Self.value)
    case .weights: weights.map(Self.value)
    }
  }

  private static func value(_ numbers: [Double]) -> CanonicalJSON { .array(numbers.map { .number($0) }) }

  private static func value(_ candidate: CovarianceModel) -> CanonicalJSON {
    .object(
      candidate.parameters.mapValues(Self.value)
        .merging([RecipeKey.covariance.rawValue: .string(candidate.name)]) { $1 }
        .merging(
          candidate.table.map { [TableForm.table: .array($0.rows.map { value([$0.waveNumber, $0.density]) })] } ?? [:]
        ) { $1 })
  }

  private static func value(_ parameter: ParameterValue) -> CanonicalJSON {
    switch parameter {
    case .fixed(let number): .number(number)
    case .uniform(let range): .object([RangeForm.uniform: value([range.lowerBound, range.upperBound])])
    case .logUniform(let range): .object([RangeForm.logUniform: value([range.lowerBound, range.upperBound])])
    }
  }

  /// The document as canonical JSON, without unset keys.
  var json: CanonicalJSON {
    .object(
      Dictionary(
        uniqueKeysWithValues: RecipeKey.allCases.compactMap { key in value(of: key).map { (key.rawValue, $0) } })
    )
  }

  /// Checks a value as far as it can be checked on its own.
  func checkRange(of key: RecipeKey) throws(DatasetError) {
    switch key {
    case .allowClamping: if let allowedClamping { try Recipe.check(allowedClamping: allowedClamping) }
    case .candidates: if let candidates { try Recipe.check(candidates: candidates) }
    case .lengthScales: if let lengthScales { try Recipe.check(lengthScales: lengthScales) }
    case .noise: if let noise { try Recipe.check(noise: noise) }
    case .samples: if let samples { try Recipe.check(samples: samples) }
    case .seed: if let seed { try Recipe.check(seed: seed) }
    case .side: if let side { try Recipe.check(side: side) }
    case .shape: if let shape { try Recipe.check(shape: shape) }
    case .transform: if let transform { try Recipe.check(transform: transform) }
    case .weights: if let weights { try Recipe.check(weights: weights) }
    case .boundary, .covariance, .dtype, .standardize: break
    }
  }
}

/// The keys of a spectral density's table in recipes.
enum TableForm {
  static let table = "table"
  static let file = "file"
}

/// The keys of a parameter's range in recipes.
enum RangeForm {
  static let uniform = "uniform"
  static let logUniform = "log_uniform"
}

/// The names of pixel transforms in recipes.
package enum TransformForm {
  package static let lognormal = "lognormal"
  package static let threshold = "threshold"
}

extension RecipeDocument: Codable {
  /// Decodes a document; unknown keys are refused.
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
            + " a newer version may have written it.")
      }
      try read(key, value, in: .none)
    }
  }

  /// Encodes the keys that are set.
  public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}

extension Recipe: Encodable {
  /// Encodes the recipe's document.
  public func encode(to encoder: any Encoder) throws { try RecipeDocument(self).encode(to: encoder) }
}

extension DocumentValue {
  /// An error about this value of a key, with its location.
  fileprivate func error(_ key: RecipeKey, found: String? = nil, expected: String? = nil) -> DatasetError {
    DatasetError(.invalidRecipe, located(key.error(found: found ?? description, expected: expected).message))
  }
}
