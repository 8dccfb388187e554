import Foundation

/// The JSON of a run's files: keys are sorted, and nil values are omitted.
enum RunJSON {
  /// Indented JSON, for people.
  static func pretty(_ value: some Encodable) -> String {
    encode(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]) + "\n"
  }

  /// JSON on one line.
  static func line(_ value: some Encodable) -> String { encode(value, [.sortedKeys, .withoutEscapingSlashes]) }

  private static func encode(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    // All numbers have been checked to be finite: options, standardization, learning rates, losses and scores.
    guard let data = try? encoder.encode(value) else { preconditionFailure("all numbers must be finite") }
    return String(decoding: data, as: UTF8.self)
  }

  /// - Parameter names: keys of an earlier version, mapped to their current names.
  /// - Throws: ``BackdropError`` with code `.invalidFile`; the message names the key.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from text: Data, file: String, renaming names: [String: String] = [:]
  ) throws(BackdropError) -> Value {
    let decoder = JSONDecoder()
    if !names.isEmpty {
      decoder.keyDecodingStrategy = .custom { path in
        let key = path.last?.stringValue ?? ""
        return Key(stringValue: names[key] ?? key)
      }
    }
    do {
      return try decoder.decode(type, from: text)
    } catch {
      throw BackdropError(.invalidFile, "\(file): is not a valid gpgen file: \(reason(error))", cause: error)
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private static func reason(_ error: any Error) -> String {
    func path(_ context: DecodingError.Context, _ last: [any CodingKey] = []) -> String {
      (context.codingPath + last).map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context): return "\(path(context, [key])) is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      return "\(path(context)): \(context.debugDescription)"
    case DecodingError.dataCorrupted(let context):
      return context.codingPath.isEmpty ? "it is not JSON" : "\(path(context)): \(context.debugDescription)"
    default: return "\(error)"
    }
  }

  /// All numbers, strings and Booleans of an object, by their key paths.
  static func leaves(_ value: some Encodable) -> [String: String] {
    let node = try? JSONDecoder().decode(Node.self, from: Data(line(value).utf8))
    return node?.leaves(at: "") ?? [:]
  }

  /// Any JSON value, with its leaves as text.
  private enum Node: Decodable {
    case object([String: Node])
    case leaf(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let members = try? container.decode([String: Node].self) {
        self = .object(members)
      } else if let elements = try? container.decode([Node].self) {
        self = .leaf(elements.map { $0.leaves(at: "").values.joined() }.joined(separator: ","))
      } else if let flag = try? container.decode(Bool.self) {
        self = .leaf("\(flag)")
      } else if let number = try? container.decode(Double.self) {
        self = .leaf((try? container.decode(Int.self)).map { "\($0)" } ?? "\(number)")
      } else {
        self = .leaf(try container.decode(String.self))
      }
    }

    func leaves(at path: String) -> [String: String] {
      switch self {
      case .leaf(let text): return [path: text]
      case .object(let members):
        var leaves: [String: String] = [:]
        for (key, node) in members { leaves.merge(node.leaves(at: path.isEmpty ? key : "\(path).\(key)")) { $1 } }
        return leaves
      }
    }
  }
}
