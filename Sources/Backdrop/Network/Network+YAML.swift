import Documents
import TextureDataset

extension Network {
  /// The network that a file describes.
  ///
  ///     input_channels: 1
  ///     layers:
  ///       - convolution: {channels: 64, kernel: 5, stride: 2, padding: 2}
  ///       - relu
  ///       - backdrop: {probability: 0.85, axes: [sample, y, x]}
  ///       - global_average_pool
  ///       - flatten
  ///       - linear: {outputs: 4}
  ///
  /// A convolution's stride is 1 and its padding 0, a pooling's stride its kernel and its padding 0, a mask's axes
  /// [sample, y, x] where they are left out. `schemas/network.schema.json` is the whole.
  ///
  /// - Parameters:
  ///   - yaml: the file's text.
  ///   - file: the file's name, for messages.
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`, naming file, line and key.
  public init(yaml: String, file: String) throws(BackdropError) {
    self = try NetworkFile(name: file).network(of: yaml)
  }

  /// The network as YAML for a person to read and edit; it reads back as the same network.
  public var yaml: String {
    """
    # A network for gpgen train: gpgen train data.h5 --out run/ --network network.yaml
    input_channels: \(inputChannels)
    layers:
    \(layers.map { "  - \($0.yaml)" }.joined(separator: "\n"))

    """
  }
}

extension Layer {
  /// The layer's name, and its keys where it has any.
  fileprivate var yaml: String {
    let values = kind.keys.compactMap { key in value(of: key).map { "\(key.rawValue): \($0)" } }
    return values.isEmpty ? kind.rawValue : "\(kind.rawValue): {\(values.joined(separator: ", "))}"
  }

  private func value(of key: LayerKey) -> String? {
    switch (self, key) {
    case (.convolution(let layer), .channels): "\(layer.channels)"
    case (.convolution(let layer), .kernel): "\(layer.kernel)"
    case (.convolution(let layer), .stride): "\(layer.stride)"
    case (.convolution(let layer), .padding): "\(layer.padding)"
    case (.maxPool(let layer), .kernel), (.averagePool(let layer), .kernel): "\(layer.kernel)"
    case (.maxPool(let layer), .stride), (.averagePool(let layer), .stride): "\(layer.stride)"
    case (.maxPool(let layer), .padding), (.averagePool(let layer), .padding): "\(layer.padding)"
    case (.linear(let outputs), .outputs): "\(outputs)"
    case (.dropout(let probability), .probability): probability.shortest
    case (.backdrop(let rule), .probability): rule.probability.shortest
    case (.backdrop(let rule), .axes):
      "[\(Axis.allCases.filter(rule.axes.contains).map(\.rawValue).joined(separator: ", "))]"
    case (.backdrop(let rule), .fixedElement):
      rule.fixedElement.map { "[\($0.map(String.init).joined(separator: ", "))]" }
    default: nil
    }
  }
}
