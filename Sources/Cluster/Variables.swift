/// Environment variables that hold numbers.
struct Variables {
  private let values: [String: String]

  init(_ values: [String: String]) { self.values = values }

  /// A variable's text; an empty variable counts as not set.
  subscript(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// A variable's number, or nil if the variable is not set.
  func number(_ name: String) throws(ClusterError) -> Int? {
    guard let text = self[name] else { return nil }
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text) else {
      throw ClusterError(
        .unknownTask,
        "\(name) is \"\(text)\", expected a whole number from 0; correct it or unset it")
    }
    return number
  }
}
