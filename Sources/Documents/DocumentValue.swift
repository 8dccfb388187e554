import Yams

/// A value of a YAML or JSON document. Each accessor is nil if the value has another type.
package protocol DocumentValue {
  func integer<Integer: FixedWidthInteger>() -> Integer?
  var number: Double? { get }
  var bool: Bool? { get }
  var word: String? { get }
  var list: [Self]? { get }
  var members: [(name: String, value: Self)]? { get }
  /// What was found, for a message.
  var description: String { get }

  /// The message, prefixed with the value's location if that is known.
  func located(_ message: String) -> String
}

/// A value in a YAML file.
package struct YAMLValue: DocumentValue {
  private let file: YAMLFile
  private let node: Node

  package init(_ node: Node, in file: YAMLFile) {
    self.node = node
    self.file = file
  }

  package func integer<Integer: FixedWidthInteger>() -> Integer? { file.integer(node) }
  package var number: Double? { file.number(node) }
  package var bool: Bool? { file.bool(node) }
  package var word: String? { file.word(node) }
  package var list: [YAMLValue]? { file.list(node)?.map { YAMLValue($0, in: file) } }
  package var members: [(name: String, value: YAMLValue)]? {
    file.mapping(node)?.map { (file.word($0) ?? file.describe($0), YAMLValue($1, in: file)) }
  }
  package var description: String { file.describe(node) }
  package func located(_ message: String) -> String { file.located(message, line: node.mark?.line) }
}

extension CanonicalJSON: DocumentValue {
  package func integer<Integer: FixedWidthInteger>() -> Integer? { number.flatMap { Integer(exactly: $0) } }

  package var number: Double? {
    if case .number(let value) = self { value } else { nil }
  }

  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  package var word: String? {
    if case .string(let value) = self { value } else { nil }
  }

  package var list: [CanonicalJSON]? {
    if case .array(let value) = self { value } else { nil }
  }

  package var members: [(name: String, value: CanonicalJSON)]? {
    if case .object(let value) = self { value.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } } else { nil }
  }

  package var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let value): value.shortest
    case .string(let value): value.quoted
    case .array(let elements): elements.isEmpty ? "an empty list" : "a list"
    case .object: "a mapping"
    }
  }

  package func located(_ message: String) -> String { message }
}
