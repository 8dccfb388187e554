import Documents
import Yams

/// The keys and values of one layer in a network file.
struct LayerReader {
  private let file: YAMLFile
  private let name: String
  private let line: Int?
  private var nodes: [String: Node] = [:]

  /// - Parameters:
  ///   - line: the line of the layer's name.
  ///   - mapping: the layer's keys and values; nil if the file has only its name.
  init(
    file: YAMLFile, name: String, keys: [LayerKey], line: Int?, mapping: Node.Mapping?
  ) throws(DocumentError) {
    self.file = file
    self.name = name
    self.line = line
    for (key, value) in mapping ?? [:] {
      guard !keys.isEmpty else {
        throw file.error(line: key.mark?.line, "\(file.describe(key)) is not a key of `\(name)`, which has none")
      }
      nodes[try file.key(key, of: "`\(name)`", among: keys.map(\.name))] = value
    }
  }

  /// - Throws: if the value is not an integer, or if there is neither a value nor a default.
  func integer(_ key: LayerKey, default standard: Int? = nil) throws(DocumentError) -> Int {
    if nodes[key.name] == nil, let standard { return standard }
    let node = try required(key)
    guard let value: Int = file.integer(node) else { throw error(node, key) }
    return value
  }

  /// - Throws: if the value is not a number, or if there is neither a value nor a default.
  func number(_ key: LayerKey, default standard: Double? = nil) throws(DocumentError) -> Double {
    if nodes[key.name] == nil, let standard { return standard }
    let node = try required(key)
    guard let value = file.number(node) else { throw error(node, key) }
    return value
  }

  /// - Throws: if the value is not a Boolean.
  func bool(_ key: LayerKey, default standard: Bool) throws(DocumentError) -> Bool {
    guard let node = nodes[key.name] else { return standard }
    guard let value = file.bool(node) else { throw error(node, key) }
    return value
  }

  /// - Throws: if the value is not one of the type's words.
  func word<Word: RawRepresentable>(
    _ key: LayerKey, default standard: Word
  ) throws(DocumentError) -> Word where Word.RawValue == String {
    guard let node = nodes[key.name] else { return standard }
    guard let word = file.word(node).flatMap(Word.init(rawValue:)) else { throw error(node, key) }
    return word
  }

  /// A list of one or more distinct words; nil if the key is omitted.
  func distinctWords<Word: RawRepresentable & Equatable>(
    _ key: LayerKey
  ) throws(DocumentError) -> [Word]? where Word.RawValue == String {
    var words: [Word] = []
    for element in try elements(key) ?? [] {
      guard let word = file.word(element).flatMap(Word.init(rawValue:)), !words.contains(word) else {
        throw error(element, key)
      }
      words.append(word)
    }
    return words.isEmpty ? nil : words
  }

  /// A list of one or more integers; nil if the key is omitted.
  func integers(_ key: LayerKey) throws(DocumentError) -> [Int]? {
    var integers: [Int] = []
    for element in try elements(key) ?? [] {
      guard let integer: Int = file.integer(element) else { throw error(element, key) }
      integers.append(integer)
    }
    return integers.isEmpty ? nil : integers
  }

  /// The elements of a nonempty list; nil if the key is omitted.
  private func elements(_ key: LayerKey) throws(DocumentError) -> [Node]? {
    guard let node = nodes[key.name] else { return nil }
    guard let list = file.list(node), !list.isEmpty else { throw error(node, key) }
    return Array(list)
  }

  private func required(_ key: LayerKey) throws(DocumentError) -> Node {
    guard let node = nodes[key.name] else {
      throw file.error(line: line, "`\(name)`: found no `\(key.name)`, expected \(key.expectation)")
    }
    return node
  }

  private func error(_ node: Node, _ key: LayerKey) -> DocumentError {
    file.error(
      line: node.mark?.line, "`\(key.name)`: found \(file.describe(node)), expected \(key.expectation)")
  }
}
