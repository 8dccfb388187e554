import Yams

/// Keys of a recipe and their values; each error names the file, the line and the key.
extension YAMLFile {
  /// A recipe's file.
  init(recipe name: String) {
    self.init(name: name, subject: "recipe", example: "side: 1024", hint: "`gpgen recipe` prints one")
  }

  /// One of the keys that recipes have.
  func key(_ node: Node) throws(DatasetError) -> RecipeKey { try key(node, of: "a recipe") }

  /// A whole number, in decimal digits.
  func integer<Integer: FixedWidthInteger>(_ node: Node, _ key: RecipeKey) throws(DatasetError) -> Integer {
    guard let value: Integer = integer(node) else { throw error(node, key) }
    return value
  }

  /// A list of numbers.
  func numbers(_ node: Node, _ key: RecipeKey) throws(DatasetError) -> [Double] {
    var numbers: [Double] = []
    for element in try list(node, key) {
      guard let value = number(element) else { throw error(element, key) }
      numbers.append(value)
    }
    return numbers
  }

  /// A list of lists of numbers.
  func numberLists(_ node: Node, _ key: RecipeKey) throws(DatasetError) -> [[Double]] {
    var lists: [[Double]] = []
    for element in try list(node, key) { lists.append(try numbers(element, key)) }
    return lists
  }

  /// `true` or `false`.
  func bool(_ node: Node, _ key: RecipeKey) throws(DatasetError) -> Bool {
    guard let value = bool(node) else { throw error(node, key) }
    return value
  }

  /// A word, in quotes or not, that names a value.
  func word<Value>(
    _ node: Node, _ key: RecipeKey, _ value: (String) throws(DatasetError) -> Value
  ) throws(DatasetError) -> Value {
    guard let word = word(node) else { throw error(node, key) }
    return try locating(line: node.mark?.line) { () throws(DatasetError) in try value(word) }
  }

  private func list(_ node: Node, _ key: RecipeKey) throws(DatasetError) -> Node.Sequence {
    guard let list = list(node) else { throw error(node, key) }
    return list
  }

  private func error(_ node: Node, _ key: RecipeKey) -> DatasetError {
    error(line: node.mark?.line, key.error(found: describe(node)).message)
  }
}
