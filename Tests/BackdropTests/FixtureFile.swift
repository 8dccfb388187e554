import Foundation
import Testing

/// A file of the folder Fixtures; the script that made it has the same name.
enum FixtureFile {
  static func path(_ name: String) throws -> String {
    try #require(Bundle.module.resourceURL).appending(path: "Fixtures/\(name)").path
  }

  /// A JSON file, whose keys are in snake case.
  static func decode<Value: Decodable>(_: Value.Type, _ name: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Value.self, from: Data(contentsOf: URL(filePath: path(name))))
  }
}

/// Whether two numbers agree up to `relative` times the larger, or up to `absolute`.
func agree(_ a: Double, _ b: Double, relative: Double, absolute: Double = 0) -> Bool {
  abs(a - b) <= max(relative * max(abs(a), abs(b)), absolute)
}
