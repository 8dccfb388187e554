/// A sequence of layers, without weights.
///
/// A network accepts images of any height and width for which no layer gets a map smaller than its kernel, including
/// padding; otherwise ``shapes(of:)`` throws an error with the smallest size that fits. Sides need not be multiples of
/// the strides: as in PyTorch, rows and columns that do not fill a stride are dropped. A linear layer after
/// ``Layer/flatten`` has weights for one size only; a network with a global average before it has the same weights for
/// all sizes.
///
/// Sides are limited to 2^20 pixels, and the activation of one sample to 2^48 elements.
///
/// Legend: B samples, C channels, H height, W width.
public struct Network: Equatable, Sendable {
  /// The number of input channels; textures have one.
  public let inputChannels: Int
  /// The layers, in order; a layer's index is its name in PyTorch's `nn.Sequential`.
  public let layers: [Layer]

  /// - Parameters:
  ///   - inputChannels: the number of input channels; textures have one.
  ///   - layers: the layers, in order.
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
