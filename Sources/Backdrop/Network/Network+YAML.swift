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
    let entries = zip(type(of: operation).keys, operation.values).compactMap { key, value in
      value.map { "\(key.name): \($0)" }
    }
    return entries.isEmpty ? name : "\(name): {\(entries.joined(separator: ", "))}"
  }
}
