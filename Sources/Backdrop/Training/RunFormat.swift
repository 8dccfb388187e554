/// The version of a run's files, which determines the names of their keys.
struct RunFormat: Decodable {
  let formatVersion: Int

  private enum CodingKeys: String, CodingKey { case formatVersion = "format_version" }

  /// The keys that had other names in this version, mapped to their current names.
  var formerNames: [String: String] {
    formatVersion == 1 ? Self.formerKeys : [:]
  }

  /// The keys of version 1 that later versions renamed, mapped to their current names. No current key has an old name.
  static let formerKeys = ["rate": "learning_rate", "deviation": "standard_deviation"]
}
