import Foundation

/// JSON as a run's files have it: keys sorted, what is none left out.
enum RunJSON {
  /// For people.
  static func pretty(_ value: some Encodable) -> String {
    encode(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]) + "\n"
  }

  /// On one line.
  static func line(_ value: some Encodable) -> String { encode(value, [.sortedKeys, .withoutEscapingSlashes]) }

  private static func encode(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    // Rates, losses and scores are finite before they come here.
    guard let data = try? encoder.encode(value) else { preconditionFailure("what is written is finite") }
    return String(decoding: data, as: UTF8.self)
  }

  /// - Throws: ``BackdropError`` with code `.invalidFile` that names the key.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from text: Data, file: String
  ) throws(BackdropError) -> Value {
    do {
      return try JSONDecoder().decode(type, from: text)
    } catch {
      throw BackdropError(.invalidFile, "\(file): is not as gpgen wrote it: \(reason(error))", cause: error)
    }
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

  /// Every number, text and truth value of an object, by its path of keys.
  static func leaves(_ value: some Encodable) -> [String: String] {
    var leaves: [String: String] = [:]
    func collect(_ value: Any, _ path: String) {
      switch value {
      case let object as [String: Any]:
        for (key, member) in object { collect(member, path.isEmpty ? key : "\(path).\(key)") }
      case let array as [Any]: leaves[path] = array.map { "\($0)" }.joined(separator: ",")
      default: leaves[path] = "\(value)"
      }
    }
    if let object = try? JSONSerialization.jsonObject(with: Data(line(value).utf8)) { collect(object, "") }
    return leaves
  }
}
