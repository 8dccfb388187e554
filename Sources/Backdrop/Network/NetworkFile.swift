import Documents
import Yams

/// Reads a network's YAML: the layers and their keys. Errors name the file, the line and the key.
struct NetworkFile {
  private let file: YAMLFile

  /// The top-level keys.
  enum Key: String, CaseIterable {
    case inputChannels = "input_channels"
    case layers
  }

  init(name: String) {
    file = YAMLFile(
      name: name, subject: "network", example: "layers: [relu]",
      hint: "`schemas/network.schema.json` describes them, with an example")
  }

  func network(of yaml: String) throws(BackdropError) -> Network {
    do {
      return try read(yaml)
    } catch {
      throw BackdropError(.invalidNetwork, error.message, cause: error.cause)
    }
  }

  private func read(_ yaml: String) throws(DocumentError) -> Network {
    var inputChannels = 1
    var layers: [Layer]?
    for (name, value) in try file.mapping(of: yaml) {
      switch try file.key(name, of: "a network") as Key {
      case .inputChannels:
        guard let channels: Int = file.integer(value), Network.channelRange.contains(channels) else {
          throw file.error(
            line: value.mark?.line,
            "`input_channels`: found \(file.describe(value)), expected \(LayerKey.channels.expectation)")
        }
        inputChannels = channels
      case .layers: layers = try readLayers(value)
      }
    }
    guard let layers else {
      throw file.error(line: nil, "found no `layers`, expected a list of them; \(file.hint)")
    }
    return Network(inputChannels: inputChannels, layers: layers)
  }

  private func readLayers(_ node: Node) throws(DocumentError) -> [Layer] {
    guard let nodes = file.list(node), Network.layerRange.contains(nodes.count) else {
      throw file.error(
        line: node.mark?.line,
        "`layers`: found \(file.describe(node)), expected a list of 1 to \(Network.layerRange.upperBound) layers,"
          + " such as `- relu` or `- linear: {outputs: 4}`")
    }
    var layers: [Layer] = []
    for node in nodes {
      let layer = try layer(node)
      do {
        try layer.operation.check()
      } catch {
        throw file.error(line: node.mark?.line, "layer \(layers.count) (\(layer.name)): \(error.message)")
      }
      layers.append(layer)
    }
    return layers
  }

  /// Reads a layer: a word if it has no keys, otherwise a mapping from its name to its keys.
  private func layer(_ node: Node) throws(DocumentError) -> Layer {
    if let word = file.word(node) {
      guard let kind = OperationTable.operation(named: word) else { throw unknownLayer(node) }
      return try read(kind, line: node.mark?.line, nil)
    }
    guard let mapping = file.mapping(node), mapping.count == 1, let entry = mapping.first else {
      throw file.error(
        line: node.mark?.line,
        "found \(file.describe(node)), expected one layer, such as `- relu` or `- linear: {outputs: 4}`")
    }
    guard let word = file.word(entry.key), let kind = OperationTable.operation(named: word) else {
      throw unknownLayer(entry.key)
    }
    guard let keys = file.mapping(entry.value) else {
      throw file.error(
        line: entry.value.mark?.line,
        "`\(kind.name)`: found \(file.describe(entry.value)), expected its keys in braces"
          + (kind.keys.isEmpty
            ? ", or `- \(kind.name)` alone" : ": " + kind.keys.map { "`\($0.name)`" }.joined(separator: ", ")))
    }
    return try read(kind, line: entry.key.mark?.line, keys)
  }

  private func read(
    _ kind: any Operation.Type, line: Int?, _ mapping: Node.Mapping?
  ) throws(DocumentError) -> Layer {
    let reader = try LayerReader(file: file, name: kind.name, keys: kind.keys, line: line, mapping: mapping)
    return Layer(try kind.init(reading: reader))
  }

  private func unknownLayer(_ node: Node) -> DocumentError {
    file.error(
      line: node.mark?.line,
      "\(file.describe(node)) is not a layer, expected one of "
        + OperationTable.all.map { "`\($0.name)`" }.joined(separator: ", "))
  }
}
