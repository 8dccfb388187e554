extension Layer {
  /// Checks what can be checked without the layer's input: its numbers.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`.
  func check() throws(BackdropError) {
    switch self {
    case .convolution(let convolution):
      try Network.check(convolution.channels, "channels", in: Network.channelRange)
      try Network.check(convolution.kernel, "kernel", in: Network.windowRange)
      try Network.check(convolution.stride, "stride", in: Network.windowRange)
      try Network.check(convolution.padding, "padding", in: 0...Network.windowRange.upperBound)
    case .maxPool(let pooling), .averagePool(let pooling):
      try Network.check(pooling.kernel, "kernel", in: Network.windowRange)
      try Network.check(pooling.stride, "stride", in: Network.windowRange)
      try Network.check(pooling.padding, "padding", in: 0...pooling.kernel / 2, "half the kernel")
    case .linear(let outputs):
      try Network.check(outputs, "outputs", in: Network.channelRange)
    case .dropout(let probability):
      guard (0...1).contains(probability) else {
        throw BackdropError(.invalidNetwork, "`probability`: found \(probability), expected a number from 0 to 1")
      }
    case .backdrop(let rule):
      try rule.check()
    case .relu, .globalAveragePool, .flatten: break
    }
  }
}
