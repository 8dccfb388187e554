/// One layer of a network; what PyTorch's `nn.Sequential` would hold in the same place.
public enum Layer: Equatable, Sendable {
  /// `nn.Conv2d`.
  case convolution(Convolution)
  /// `nn.ReLU`.
  case relu
  /// `nn.MaxPool2d`.
  case maxPool(Pooling)
  /// `nn.AvgPool2d`, whose padding counts as zeros.
  case averagePool(Pooling)
  /// `nn.AdaptiveAvgPool2d(1)`.
  case globalAveragePool
  /// `nn.Flatten`.
  case flatten
  /// `nn.Linear`, with the given number of outputs.
  case linear(outputs: Int)
  /// `nn.Dropout2d`: whole channels of a sample become zero with the given probability, the others grow by
  /// 1 / (1 - probability); the identity outside training.
  case dropout(probability: Double)
  /// The identity forward; blocks random parts of the gradient backward.
  case backdrop(MaskRule)
}

/// A square convolution with bias.
public struct Convolution: Equatable, Sendable {
  /// Output channels.
  public var channels: Int
  /// The kernel's side.
  public var kernel: Int
  /// Steps between outputs.
  public var stride: Int
  /// Zeros around the input, on every side.
  public var padding: Int

  /// - Parameters:
  ///   - channels: of the output.
  ///   - kernel: its side.
  ///   - stride: steps between outputs.
  ///   - padding: zeros around the input, on every side.
  public init(channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0) {
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }
}

/// The windows of a pooling layer.
public struct Pooling: Equatable, Sendable {
  /// The window's side.
  public var kernel: Int
  /// Steps between windows.
  public var stride: Int
  /// Around the input, on every side: at most half the kernel.
  public var padding: Int

  /// - Parameters:
  ///   - kernel: the window's side.
  ///   - stride: steps between windows; the kernel, unless given.
  ///   - padding: around the input, on every side.
  public init(kernel: Int, stride: Int? = nil, padding: Int = 0) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
  }
}
