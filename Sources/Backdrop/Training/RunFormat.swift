/// The version of a run's files, which decides the names of their keys.
struct RunFormat: Decodable {
  let formatVersion: Int

  private enum CodingKeys: String, CodingKey { case formatVersion = "format_version" }

  /// The present names of keys that this version's files have by other names.
  var formerNames: [String: String] {
    formatVersion == 1 ? ["rate": "learning_rate", "deviation": "standard_deviation"] : [:]
  }
}
