/// What becomes of the shape of a sample, layer by layer, as in PyTorch.
extension Network {
  /// The shape of each layer's output.
  ///
  /// A window of kernel k and stride s over n pixels with padding p has floor((n + 2p - k) / s) + 1 places.
  ///
  /// - Parameter side: of the square textures, in pixels.
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`, or `.tooSmall` with the smallest side that fits.
  public func shapes(side: Int) throws(BackdropError) -> [Shape] {
    try check()
    do {
      return try walk(side: side)
    } catch {
      switch error {
      case .invalid(let layer, let message):
        throw BackdropError(.invalidNetwork, layer.map { "\(title(of: $0)): \(message)" } ?? message)
      case .tooSmall(let layer, let input):
        let smallest = smallestSide(above: side)
        throw BackdropError(
          .tooSmall,
          "\(title(of: layer)) gets a map of \(input.height)x\(input.width) from textures of \(side)x\(side), too"
            + " small for its kernel; "
            + (smallest.map { "the smallest textures that fit this network are \($0)x\($0)" }
              ?? "no textures fit this network"))
      }
    }
  }

  /// Why shapes do not fit.
  private enum Misfit: Error {
    case invalid(layer: Int?, String)
    case tooSmall(layer: Int, input: Shape)
  }

  private func walk(side: Int) throws(Misfit) -> [Shape] {
    guard (1...Self.maximumSide).contains(side) else {
      throw .invalid(layer: nil, "found textures of side \(side), expected 1 to \(Self.maximumSide) pixels")
    }
    var shape = Shape(channels: inputChannels, height: side, width: side)
    try checkCount(of: shape, layer: nil)
    var isFlat = false
    var shapes: [Shape] = []
    for index in layers.indices {
      shape = try output(of: index, input: shape, isFlat: &isFlat)
      try checkCount(of: shape, layer: index)
      shapes.append(shape)
    }
    return shapes
  }

  private func output(of index: Int, input: Shape, isFlat: inout Bool) throws(Misfit) -> Shape {
    switch layers[index] {
    case .convolution, .maxPool, .averagePool, .globalAveragePool:
      guard !isFlat else {
        throw .invalid(layer: index, "found after a flatten or linear layer, expected before it: it needs a map")
      }
    case .linear:
      guard input.height == 1, input.width == 1 else {
        throw .invalid(
          layer: index,
          "found a map of \(input.height)x\(input.width) before it, expected a flattened input; add a `flatten` layer,"
            + " or `global_average_pool` and `flatten`, before it")
      }
    case .relu, .flatten, .dropout, .backdrop: break
    }
    switch layers[index] {
    case .convolution(let layer):
      return try window(
        index, input, channels: layer.channels, kernel: layer.kernel, stride: layer.stride, padding: layer.padding)
    case .maxPool(let layer), .averagePool(let layer):
      return try window(
        index, input, channels: input.channels, kernel: layer.kernel, stride: layer.stride, padding: layer.padding)
    case .globalAveragePool:
      return Shape(channels: input.channels, height: 1, width: 1)
    case .flatten:
      isFlat = true
      return Shape(channels: input.count, height: 1, width: 1)
    case .linear(let outputs):
      isFlat = true
      return Shape(channels: outputs, height: 1, width: 1)
    case .relu, .dropout:
      return input
    case .backdrop(let rule):
      do {
        try rule.check(shape: input)
      } catch {
        throw .invalid(layer: index, error.message)
      }
      return input
    }
  }

  private func window(
    _ index: Int, _ input: Shape, channels: Int, kernel: Int, stride: Int, padding: Int
  ) throws(Misfit) -> Shape {
    let height = input.height + 2 * padding - kernel
    let width = input.width + 2 * padding - kernel
    guard height >= 0, width >= 0 else { throw .tooSmall(layer: index, input: input) }
    return Shape(channels: channels, height: height / stride + 1, width: width / stride + 1)
  }

  /// The largest side whose square still is far from overflowing.
  private static let maximumSide = 1 << 20

  private func checkCount(of shape: Shape, layer: Int?) throws(Misfit) {
    // No overflow here: at most 2^16 channels, or what a flattening that passed this check left, and sides that
    // padding takes little above 2^20.
    guard shape.count <= Self.maximumActivation else {
      throw .invalid(
        layer: layer,
        "found \(shape.channels) channels of \(shape.height)x\(shape.width), expected at most \(Self.maximumActivation)"
          + " numbers a sample")
    }
  }

  /// The smallest side that no layer is too large for. More pixels never make a map smaller, so bisection finds it.
  private func smallestSide(above side: Int) -> Int? {
    func fits(_ side: Int) -> Bool {
      do {
        _ = try walk(side: side)
        return true
      } catch {
        if case .tooSmall = error { return false }
        return true
      }
    }
    var tooSmall = max(side, 0)
    var enough = max(2 * tooSmall, 1)
    while !fits(enough) { (tooSmall, enough) = (enough, 2 * enough) }
    while enough - tooSmall > 1 {
      let middle = (tooSmall + enough) / 2
      if fits(middle) { enough = middle } else { tooSmall = middle }
    }
    do {
      _ = try walk(side: enough)
      return enough
    } catch {
      return nil
    }
  }
}
