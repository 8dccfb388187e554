import Yams

/// Keys of a recipe and their values; each error names the file, the line and the key.
extension RecipeFile {
  /// One of the keys that recipes have.
  func key(_ node: Node) throws(DatasetError) -> RecipeKey {
    guard case .scalar(let scalar) = node, let key = RecipeKey(rawValue: scalar.string) else {
      throw error(
        line: node.mark?.line,
        "\(describe(node)) is not a key of a recipe, expected one of "
          + RecipeKey.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "))
    }
    return key
  }

  /// A whole number, in decimal digits.
  func integer<Integer: FixedWidthInteger>(_ node: Node, _ key: RecipeKey) throws(DatasetError) -> Integer {
    // Leading zeros would be octal to an older YAML.
    guard let text = plainText(node), let value = Integer(text),
      text == "0" || text.first(where: { $0 != "-" && $0 != "+" }) != "0"
    else {
      throw error(node, key)
    }
    return value
  }

  /// A number, in decimal digits, with a point or exponent or not.
  func number(_ node: Node, _ key: RecipeKey) throws(DatasetError) -> Double {
    // Swift reads "inf", "nan" and hexadecimal too.
    guard let text = plainText(node), text.utf8.allSatisfy(Set("0123456789+-.eE".utf8).contains),
      let value = Double(text)
    else {
      throw error(node, key)
    }
    return value
  }

  /// A list of numbers.
  func numbers(_ node: Node, _ key: RecipeKey) throws(DatasetError) -> [Double] {
    var numbers: [Double] = []
    for element in try list(node, key) { numbers.append(try number(element, key)) }
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
    switch plainText(node) {
    case "true": return true
    case "false": return false
    default: throw error(node, key)
    }
  }

  /// A word, in quotes or not, that names a value.
  func word<Value>(
    _ node: Node, _ key: RecipeKey, _ value: (String) throws(DatasetError) -> Value
  ) throws(DatasetError) -> Value {
    guard case .scalar(let scalar) = node, node.tag == Tag(.str), !scalar.string.isEmpty else { throw error(node, key) }
    return try locating(line: node.mark?.line) { () throws(DatasetError) in try value(scalar.string) }
  }

  private func list(_ node: Node, _ key: RecipeKey) throws(DatasetError) -> Node.Sequence {
    guard case .sequence(let sequence) = node, node.tag == Tag(.seq) else { throw error(node, key) }
    return sequence
  }

  /// A scalar's text, where it has neither quotes nor a tag that would make it something other than it looks.
  private func plainText(_ node: Node) -> String? {
    guard case .scalar(let scalar) = node, scalar.style == .plain, node.tag == Tag(.str) else { return nil }
    return scalar.string
  }

  private func error(_ node: Node, _ key: RecipeKey) -> DatasetError {
    error(line: node.mark?.line, key.error(found: describe(node)).message)
  }

  /// What was found, for a message.
  func describe(_ node: Node) -> String {
    switch node {
    case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : scalar.string.quoted
    case .sequence(let sequence): sequence.isEmpty ? "an empty list" : "a list"
    case .mapping: "a mapping"
    case .alias: "an alias"
    }
  }
}
