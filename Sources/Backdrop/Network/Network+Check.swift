import TextureDataset

/// The limits of a network, whose file may come from an untrusted source. They are far above what a processor can
/// train, and low enough that no product of them overflows unnoticed.
extension Network {
  /// The allowed number of layers.
  static let layerRange = 1...1000
  /// The allowed number of channels of an activation.
  static let channelRange = 1...65_536
  /// The allowed side of a kernel and length of a stride, in pixels.
  static let windowRange = 1...1024
  /// The maximum number of parameters, which take just under 8 GiB.
  static let maximumParameterCount = 1 << 31 - 1
  /// The maximum number of elements in one sample's activation, which need not all be in memory at once.
  static let maximumActivation = 1 << 48

  /// Checks the network, as far as possible without the input's size: the layers' values, and which layers must be
  /// adjacent.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`.
  public func check() throws(BackdropError) {
    try Self.check(inputChannels, "input_channels", in: Self.channelRange)
    guard Self.layerRange.contains(layers.count) else {
      throw BackdropError(
        .invalidNetwork,
        "found a network of \(counted(layers.count, "layer")), expected 1 to \(Self.layerRange.upperBound)")
    }
    for index in layers.indices {
      do {
        try layers[index].operation.check()
        try layers[index].operation.check(at: index, in: layers)
      } catch {
        throw BackdropError(error.code, "\(title(of: index)): \(error.message)")
      }
    }
  }

  /// A layer's name in messages.
  func title(of index: Int) -> String { "Layer \(index) (\(layers[index].name))" }

  /// Checks one whole number of a layer.
  ///
  /// - Parameter reason: an explanation of the upper bound, if it is not obvious.
  static func check(
    _ value: Int, _ key: String, in range: ClosedRange<Int>, _ reason: String? = nil
  ) throws(BackdropError) {
    guard range.contains(value) else {
      let bound = reason.map { " (\($0))" } ?? ""
      throw BackdropError(
        .invalidNetwork,
        "`\(key)`: found \(value), expected a whole number from \(range.lowerBound) to \(range.upperBound)\(bound)")
    }
  }
}
