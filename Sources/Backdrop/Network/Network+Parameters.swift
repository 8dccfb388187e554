extension Network {
  /// The parameters and their offsets: the weight of each layer that has one, then its bias.
  ///
  /// - Parameter size: the size of the textures; it determines the shape of a linear layer after a flattened map.
  /// - Throws: ``BackdropError`` like ``shapes(of:)``.
  public func parameterLayout(of size: ImageSize) throws(BackdropError) -> ParameterLayout {
    let shapes = try shapes(of: size)
    var entries: [ParameterLayout.Entry] = []
    var offset = 0
    for index in layers.indices {
      let input = index == 0 ? inputShape(of: size) : shapes[index - 1]
      guard let weight = layers[index].operation.weightShape(input: input) else { continue }
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

  /// Like ``parameterLayout(of:)``, for squares.
  public func parameterLayout(side: Int) throws(BackdropError) -> ParameterLayout {
    try parameterLayout(of: ImageSize(side: side))
  }

  /// The product; nil if it exceeds the maximum number of parameters.
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
