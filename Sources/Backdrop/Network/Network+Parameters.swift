extension Network {
  /// The parameters and their places: of each convolution and linear layer its weight, then its bias.
  ///
  /// - Parameter side: of the square textures, in pixels; a linear layer after the flattening of a map depends on it.
  /// - Throws: ``BackdropError`` as ``shapes(side:)``.
  public func parameterLayout(side: Int) throws(BackdropError) -> ParameterLayout {
    let shapes = try shapes(side: side)
    var entries: [ParameterLayout.Entry] = []
    var offset = 0
    for index in layers.indices {
      let inputs = index == 0 ? inputChannels : shapes[index - 1].channels
      let weight: [Int]
      switch layers[index] {
      case .convolution(let layer): weight = [layer.channels, inputs, layer.kernel, layer.kernel]
      case .linear(let outputs): weight = [outputs, inputs]
      case .relu, .maxPool, .averagePool, .globalAveragePool, .flatten, .dropout, .backdrop: continue
      }
      guard let count = Self.product(weight), offset + count + weight[0] <= Self.maximumParameterCount else {
        throw BackdropError(
          .invalidNetwork,
          "\(title(of: index)): found a weight of \(weight.map(String.init).joined(separator: "x")), expected at most"
            + " \(Self.maximumParameterCount) parameters in the network")
      }
      entries.append(ParameterLayout.Entry(name: "\(index).weight", shape: weight, offset: offset))
      entries.append(ParameterLayout.Entry(name: "\(index).bias", shape: [weight[0]], offset: offset + count))
      offset += count + weight[0]
    }
    return ParameterLayout(entries: entries)
  }

  /// None where it is more than a network may have.
  private static func product(_ factors: [Int]) -> Int? {
    var product = 1
    for factor in factors {
      let (result, overflow) = product.multipliedReportingOverflow(by: factor)
      guard !overflow, result <= maximumParameterCount else { return nil }
      product = result
    }
    return product
  }
}
