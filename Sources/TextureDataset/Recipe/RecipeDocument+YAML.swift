import Documents
import Yams

extension RecipeDocument {
  /// Parses a recipe file, in which every key is optional.
  ///
  /// - Parameters:
  ///   - yaml: the file's text, one YAML mapping with the keys of ``Recipe/canonicalJSON``.
  ///   - file: the file's name, for messages.
  ///   - folder: the base of relative paths of tables; empty for the working directory.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, naming file, line and key.
  public init(yaml: String, file: String, folder: String = "") throws(DatasetError) {
    let file = YAMLFile(recipe: file)
    let mapping = try reading { () throws(DocumentError) in try file.mapping(of: yaml) }
    try self.init(mapping: mapping, in: file, folder: folder)
  }

  /// Parses a mapping with the keys of a recipe, which may be a part of a file.
  ///
  /// - Parameters:
  ///   - mapping: the keys and values.
  ///   - file: the file that contains it.
  ///   - folder: the base of relative paths of tables; empty for the working directory.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, naming file, line and key.
  package init(mapping: Node.Mapping, in file: YAMLFile, folder: String = "") throws(DatasetError) {
    self.init()
    let keys = RecipeKey.allCases.sorted { $0.rawValue < $1.rawValue }
    var lines: [RecipeKey: Int] = [:]
    for (name, value) in mapping {
      let key = try reading { () throws(DocumentError) in try file.key(name, of: "a recipe", among: keys) }
      lines[key] = name.mark?.line
      try read(key, YAMLValue(value, in: file), in: .folder(folder))
      try file.locating(line: lines[key]) { () throws(DatasetError) in try checkRange(of: key) }
    }
    if let count = lengthScales?.count ?? candidates?.count, let weights {
      try file.locating(line: lines[.weights]) { () throws(DatasetError) in
        try Recipe.check(weights: weights, match: count)
      }
    }
  }
}

extension Recipe {
  /// Parses a recipe file, with defaults for missing keys.
  ///
  /// - Parameters:
  ///   - yaml: the file's text, one YAML mapping with the keys of ``canonicalJSON``.
  ///   - file: the file's name, for messages.
  ///   - folder: the base of relative paths of tables; empty for the working directory.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, naming the file and, if one is at fault, line and key.
  public init(yaml: String, file: String, folder: String = "") throws(DatasetError) {
    let document = try RecipeDocument(yaml: yaml, file: file, folder: folder)
    self = try YAMLFile(recipe: file).locating(line: nil) { () throws(DatasetError) in try document.recipe() }
  }
}

private func reading<Result>(_ body: () throws(DocumentError) -> Result) throws(DatasetError) -> Result {
  do {
    return try body()
  } catch {
    throw DatasetError(.invalidRecipe, error.message, cause: error.cause)
  }
}

extension YAMLFile {
  /// A recipe's file.
  fileprivate init(recipe name: String) {
    self.init(name: name, subject: "recipe", example: "side: 1024", hint: "`gpgen recipe` prints one")
  }

  /// Runs a check and adds file and line to its error.
  fileprivate func locating<Result>(
    line: Int?, _ check: () throws(DatasetError) -> Result
  ) throws(DatasetError) -> Result {
    do {
      return try check()
    } catch {
      throw DatasetError(.invalidRecipe, located(error.message, line: line))
    }
  }
}
