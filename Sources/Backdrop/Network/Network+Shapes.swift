/// The shape of a sample from layer to layer, as in PyTorch.
extension Network {
  /// The shape of each layer's output.
  ///
  /// - Parameter size: the size of the images, from 1 to 2^20 pixels a side.
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`, or `.tooSmall`; the message then names the smallest size
  ///   that fits.
  public func shapes(of size: ImageSize) throws(BackdropError) -> [Shape] {
    try check()
    do {
      return try walk(size)
    } catch {
      switch error {
      case .invalid(let layer, let message):
        throw BackdropError(.invalidNetwork, layer.map { "\(title(of: $0)): \(message)" } ?? message)
      case .tooSmall(let layer, let input):
        throw BackdropError(
          .tooSmall,
          "\(title(of: layer)): textures of \(size) give it a map of \(input.height)x\(input.width), too small for its"
            + " kernel; \(advice(for: size))")
      }
    }
  }

  /// Like ``shapes(of:)``, for squares.
  public func shapes(side: Int) throws(BackdropError) -> [Shape] { try shapes(of: ImageSize(side: side)) }

  /// The shape of a sample of the input.
  func inputShape(of size: ImageSize) -> Shape {
    Shape(channels: inputChannels, height: size.height, width: size.width)
  }

  /// Why shapes do not fit.
  private enum Failure: Error {
    case invalid(layer: Int?, String)
    case tooSmall(layer: Int, input: Shape)
  }

  private func walk(_ size: ImageSize) throws(Failure) -> [Shape] {
    let sides = 1...Self.maximumSide
    guard sides.contains(size.height), sides.contains(size.width) else {
      let found = size.isSquare ? "side \(size.height)" : "\(size)"
      throw .invalid(layer: nil, "found textures of \(found), expected 1 to \(Self.maximumSide) pixels")
    }
    var shape = inputShape(of: size)
    try checkCount(of: shape, layer: nil)
    var isFlat = false
    var shapes: [Shape] = []
    for (index, layer) in layers.enumerated() {
      do {
        shape = try layer.operation.outputShape(of: shape, isFlat: &isFlat)
      } catch {
        switch error {
        case .invalid(let message): throw .invalid(layer: index, message)
        case .tooSmall: throw .tooSmall(layer: index, input: shape)
        }
      }
      try checkCount(of: shape, layer: index)
      shapes.append(shape)
    }
    return shapes
  }

  /// The maximum height and width; products of them are far from overflowing.
  private static let maximumSide = 1 << 20

  private func checkCount(of shape: Shape, layer: Int?) throws(Failure) {
    // This cannot overflow: there are at most 2^16 channels, or those of a flattened map that passed this check, and
    // padding makes sides only slightly larger than 2^20.
    guard shape.count <= Self.maximumActivation else {
      throw .invalid(
        layer: layer,
        "found \(shape.channels) channels of \(shape.height)x\(shape.width), expected at most \(Self.maximumActivation)"
          + " elements in a sample")
    }
  }

  /// Advice for textures that are too small: the smallest size that fits.
  private func advice(for size: ImageSize) -> String {
    // Kernels are square, so the smallest height equals the smallest width.
    let side = smallestSide(above: max(0, min(size.height, size.width)))
    if size.isSquare {
      guard let side, fits(ImageSize(side: side)) else { return "no textures fit this network" }
      return "the smallest textures that fit this network are \(side)x\(side)"
    }
    guard let side, fits(ImageSize(height: max(side, size.height), width: max(side, size.width))) else {
      return "no textures of this shape fit this network"
    }
    return "the smallest height and width that fit this network are \(side)"
  }

  /// The smallest side that fits all layers; nil if it is above the limit. More pixels never make a map smaller, so
  /// bisection finds it.
  private func smallestSide(above side: Int) -> Int? {
    var tooSmall = side
    var enough = max(2 * tooSmall, 1)
    while isTooSmall(enough) { (tooSmall, enough) = (enough, 2 * enough) }
    while enough - tooSmall > 1 {
      let middle = (tooSmall + enough) / 2
      if isTooSmall(middle) { tooSmall = middle } else { enough = middle }
    }
    return enough <= Self.maximumSide ? enough : nil
  }

  /// Whether squares of this side are too small for a layer.
  private func isTooSmall(_ side: Int) -> Bool {
    do {
      _ = try walk(ImageSize(side: side))
      return false
    } catch {
      if case .tooSmall = error { return true }
      return false
    }
  }

  private func fits(_ size: ImageSize) -> Bool {
    do {
      _ = try walk(size)
      return true
    } catch {
      return false
    }
  }
}
