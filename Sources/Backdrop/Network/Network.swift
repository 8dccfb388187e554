/// A sequence of layers, without weights.
///
/// Legend: B samples, C channels, H height, W width.
public struct Network: Equatable, Sendable {
  /// Channels of the input; textures have one.
  public let inputChannels: Int
  /// In order; a layer's index is its name in PyTorch's `nn.Sequential`.
  public let layers: [Layer]

  /// - Parameters:
  ///   - inputChannels: of the input; textures have one.
  ///   - layers: in order.
  public init(inputChannels: Int = 1, layers: [Layer]) {
    self.inputChannels = inputChannels
    self.layers = layers
  }
}

/// The shape of one sample's activation.
public struct Shape: Equatable, Hashable, Sendable {
  /// C.
  public var channels: Int
  /// H; 1 after a flattening.
  public var height: Int
  /// W; 1 after a flattening.
  public var width: Int

  /// C, H and W.
  public init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// C times H times W.
  public var count: Int { channels * height * width }
}
