import Yams

extension RecipeDocument {
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
      let key = try reader.key(name, of: "a recipe", among: RecipeKey.allCases.sorted { $0.rawValue < $1.rawValue })
      lines[key] = name.mark?.line
      try read(key, YAMLValue(file: reader, node: value))
      try reader.locating(line: lines[key]) { () throws(DatasetError) in try checkRange(of: key) }
    }
    if let count = lengthScales?.count ?? candidates?.count, let weights {
      try reader.locating(line: lines[.weights]) { () throws(DatasetError) in
        try Recipe.check(weights: weights, match: count)
      }
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
    let document = try RecipeDocument(yaml: yaml, file: file)
    self = try YAMLFile(recipe: file).locating(line: nil) { () throws(DatasetError) in try document.recipe() }
  }
}

extension YAMLFile {
  /// A recipe's file.
  fileprivate init(recipe name: String) {
    self.init(name: name, subject: "recipe", example: "side: 1024", hint: "`gpgen recipe` prints one")
  }
}

/// A value in a recipe's file.
private struct YAMLValue: DocumentValue {
  let file: YAMLFile
  let node: Node

  func integer<Integer: FixedWidthInteger>() -> Integer? { file.integer(node) }
  var number: Double? { file.number(node) }
  var bool: Bool? { file.bool(node) }
  var word: String? { file.word(node) }
  var list: [YAMLValue]? { file.list(node)?.map { YAMLValue(file: file, node: $0) } }
  var members: [(name: String, value: YAMLValue)]? {
    file.mapping(node)?.map { (file.word($0) ?? file.describe($0), YAMLValue(file: file, node: $1)) }
  }
  var description: String { file.describe(node) }
  func error(_ message: String) -> DatasetError { file.error(line: node.mark?.line, message) }
}
