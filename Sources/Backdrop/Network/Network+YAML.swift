import Documents
import TextureDataset

extension Network {
  /// Reads the network that a file describes.
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
  /// Defaults are stride 1 and padding 0 for a convolution, stride equal to the kernel and padding 0 for pooling, and
  /// axes [sample, y, x] for a mask. `schemas/network.schema.json` describes all layers.
  ///
  /// - Parameters:
  ///   - yaml: the file's text.
  ///   - file: the file's name, for error messages.
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`, naming file, line and key.
  public init(yaml: String, file: String) throws(BackdropError) {
    self = try NetworkFile(name: file).network(of: yaml)
  }

  /// The network as readable and editable YAML. Reading it gives the same network.
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
  /// The layer's name, and its keys if it has any.
  fileprivate var yaml: String {
    let entries = zip(type(of: operation).keys, operation.values).compactMap { key, value in
      value.map { "\(key.name): \($0)" }
    }
    return entries.isEmpty ? name : "\(name): {\(entries.joined(separator: ", "))}"
  }
}
