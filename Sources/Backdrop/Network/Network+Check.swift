/// The bounds of a network, whose file may come from anyone: far above what a processor can train, and low enough that
/// no product of them overflows unseen.
extension Network {
  /// How many layers a network may have.
  static let layerRange = 1...1000
  /// How many channels an activation may have.
  static let channelRange = 1...65_536
  /// How long a kernel or stride may be, in pixels.
  static let windowRange = 1...1024
  /// The maximum number of parameters: just under 8 GiB of them.
  static let maximumParameterCount = 1 << 31 - 1
  /// The most numbers in one sample's activation, which need not all be in memory at once.
  static let maximumActivation = 1 << 48

  /// Checks what can be checked without knowing the input's side: the layers' numbers, and what has to stand beside what.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`.
  public func check() throws(BackdropError) {
    try Self.check(inputChannels, "input_channels", in: Self.channelRange)
    guard Self.layerRange.contains(layers.count) else {
      throw BackdropError(
        .invalidNetwork, "found a network of \(layers.count) layers, expected 1 to \(Self.layerRange.upperBound)")
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

  /// A layer, as messages name it.
  func title(of index: Int) -> String { "Layer \(index) (\(layers[index].name))" }

  /// Checks one whole number of a layer.
  ///
  /// - Parameter reason: what the upper bound is, where that is not plain.
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
