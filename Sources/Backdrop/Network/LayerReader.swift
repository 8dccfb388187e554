import Documents
import Yams

/// The keys of one layer in a network file, on their way to the layer.
struct LayerReader {
  private let file: YAMLFile
  private let kind: LayerKind
  private let line: Int?
  private var nodes: [LayerKey: Node] = [:]

  /// - Parameters:
  ///   - line: of the layer's name.
  ///   - keys: none where the layer is its name alone.
  init(file: YAMLFile, kind: LayerKind, line: Int?, keys: Node.Mapping?) throws(DocumentError) {
    self.file = file
    self.kind = kind
    self.line = line
    for (name, value) in keys ?? [:] {
      guard !kind.keys.isEmpty else {
        throw file.error(
          line: name.mark?.line, "\(file.describe(name)) is not a key of `\(kind.rawValue)`, which has none")
      }
      nodes[try file.key(name, of: "`\(kind.rawValue)`", among: kind.keys)] = value
    }
  }

  func layer() throws(DocumentError) -> Layer {
    switch kind {
    case .convolution:
      return .convolution(
        Convolution(
          channels: try integer(.channels), kernel: try integer(.kernel), stride: try integer(.stride, default: 1),
          padding: try integer(.padding, default: 0)))
    case .relu: return .relu
    case .maxPool: return .maxPool(try pooling())
    case .averagePool: return .averagePool(try pooling())
    case .globalAveragePool: return .globalAveragePool
    case .flatten: return .flatten
    case .linear: return .linear(outputs: try integer(.outputs))
    case .dropout: return .dropout(probability: try number(.probability))
    case .backdrop:
      let probability = try number(.probability)
      var rule = MaskRule(probability: probability)
      if let axes = try axes() { rule.axes = axes }
      rule.fixedElement = try indices(.fixedElement)
      return .backdrop(rule)
    }
  }

  private func pooling() throws(DocumentError) -> Pooling {
    let kernel = try integer(.kernel)
    return Pooling(
      kernel: kernel, stride: try integer(.stride, default: kernel), padding: try integer(.padding, default: 0))
  }

  private func integer(_ key: LayerKey, default standard: Int? = nil) throws(DocumentError) -> Int {
    if nodes[key] == nil, let standard { return standard }
    let node = try required(key)
    guard let value: Int = file.integer(node) else { throw error(node, key) }
    return value
  }

  private func number(_ key: LayerKey) throws(DocumentError) -> Double {
    let node = try required(key)
    guard let value = file.number(node) else { throw error(node, key) }
    return value
  }

  private func axes() throws(DocumentError) -> Set<Axis>? {
    guard let node = nodes[.axes] else { return nil }
    guard let list = file.list(node), !list.isEmpty else { throw error(node, .axes) }
    var axes: Set<Axis> = []
    for element in list {
      guard let word = file.word(element), let axis = Axis(rawValue: word), axes.insert(axis).inserted else {
        throw error(element, .axes)
      }
    }
    return axes
  }

  private func indices(_ key: LayerKey) throws(DocumentError) -> [Int]? {
    guard let node = nodes[key] else { return nil }
    guard let list = file.list(node), !list.isEmpty else { throw error(node, key) }
    var indices: [Int] = []
    for element in list {
      guard let index: Int = file.integer(element) else { throw error(element, key) }
      indices.append(index)
    }
    return indices
  }

  private func required(_ key: LayerKey) throws(DocumentError) -> Node {
    guard let node = nodes[key] else {
      throw file.error(
        line: line, "`\(kind.rawValue)`: found no `\(key.rawValue)`, expected \(key.expectation)")
    }
    return node
  }

  private func error(_ node: Node, _ key: LayerKey) -> DocumentError {
    file.error(
      line: node.mark?.line, "`\(key.rawValue)`: found \(file.describe(node)), expected \(key.expectation)")
  }
}
