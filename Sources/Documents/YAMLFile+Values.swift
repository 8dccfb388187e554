import Yams

/// Typed values, nil if the node has another type. Numbers and truth values must have neither quotes nor a tag, which
/// would change their type.
extension YAMLFile {
  /// An integer in decimal digits.
  package func integer<Integer: FixedWidthInteger>(_ node: Node) -> Integer? {
    // YAML 1.1 reads a leading zero as octal.
    guard let text = plainText(node), let value = Integer(text),
      text == "0" || text.first(where: { $0 != "-" && $0 != "+" }) != "0"
    else {
      return nil
    }
    return value
  }

  /// A decimal number; the point and the exponent are optional.
  package func number(_ node: Node) -> Double? {
    // Double.init also accepts "inf", "nan" and hexadecimal.
    guard let text = plainText(node), text.utf8.allSatisfy(Set("0123456789+-.eE".utf8).contains) else { return nil }
    return Double(text)
  }

  /// `true` or `false`.
  package func bool(_ node: Node) -> Bool? {
    switch plainText(node) {
    case "true": true
    case "false": false
    default: nil
    }
  }

  /// A non-empty string, quoted or not.
  package func word(_ node: Node) -> String? {
    guard case .scalar(let scalar) = node, node.tag == Tag(.str), !scalar.string.isEmpty else { return nil }
    return scalar.string
  }

  /// A list.
  package func list(_ node: Node) -> Node.Sequence? {
    guard case .sequence(let sequence) = node, node.tag == Tag(.seq) else { return nil }
    return sequence
  }

  /// A mapping of keys to values.
  package func mapping(_ node: Node) -> Node.Mapping? {
    guard case .mapping(let mapping) = node, node.tag == Tag(.map) else { return nil }
    return mapping
  }

  /// One of `keys`, by default all cases of the type.
  ///
  /// - Parameter owner: what the keys belong to, for the message: "a recipe".
  /// - Throws: ``DocumentError``, which names the expected keys.
  package func key<Key: RawRepresentable & CaseIterable & Equatable>(
    _ node: Node, of owner: String, among keys: [Key] = Array(Key.allCases)
  ) throws(DocumentError) -> Key where Key.RawValue == String {
    let name = try key(node, of: owner, among: keys.map(\.rawValue))
    guard let key = keys.first(where: { $0.rawValue == name }) else {
      preconditionFailure("\(name) is one of the keys")
    }
    return key
  }

  /// A key that is one of `names`.
  ///
  /// - Throws: ``DocumentError``, which names the expected keys.
  package func key(_ node: Node, of owner: String, among names: [String]) throws(DocumentError) -> String {
    guard case .scalar(let scalar) = node, names.contains(scalar.string) else {
      throw error(
        line: node.mark?.line,
        "\(describe(node)) is not a key of \(owner), expected one of "
          + names.map { "`\($0)`" }.joined(separator: ", "))
    }
    return scalar.string
  }

  /// What was found, for a message.
  package func describe(_ node: Node) -> String {
    switch node {
    case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : scalar.string.quoted
    case .sequence(let sequence): sequence.isEmpty ? "an empty list" : "a list"
    case .mapping: "a mapping"
    case .alias: "an alias"
    }
  }

  /// The text of a scalar without quotes or a tag.
  private func plainText(_ node: Node) -> String? {
    guard case .scalar(let scalar) = node, scalar.style == .plain, node.tag == Tag(.str) else { return nil }
    return scalar.string
  }
}
