import TextureDataset

/// The gradient of a network's loss by each pixel of one texture: which pixels contribute to a training step.
public struct Footprint: Sendable {
  /// The sample's index in the whole dataset.
  public let sample: Int
  /// Its class.
  public let classIndex: Int
  /// Size of the texture.
  public let size: ImageSize
  /// The texture, shape (height, width).
  public let texture: [Float]
  /// |dL/dx|, shape (height, width), L the cross-entropy: of the classes, or of positive against the rest.
  public let gradient: [Float]
  /// L.
  public let loss: Double

  /// - Parameters:
  ///   - texture: shape (height, width).
  ///   - model: for one sample.
  init(
    sample: Int, class index: Int, target: Int, texture: UnsafeBufferPointer<Float>, _ model: Model, step: Int
  ) throws(BackdropError) {
    // The gradient, its two copies on the way, and the texture.
    try checkRoom(for: 4 * texture.count)
    var loss = 0.0
    gradient = try model.inputGradients(texture.span, step: step) { outputs throws(BackdropError) in
      // A single logit is against one of 0: AUC and F1 are of many samples.
      let isBinary = outputs.count == 1
      let value = Loss.crossEntropy.evaluate(
        outputs: isBinary ? [0] + outputs : outputs, outputCount: isBinary ? 2 : outputs.count, targets: [target])
      loss = value.loss ?? 0
      return isBinary ? Array(value.gradient.dropFirst()) : value.gradient
    }.images.map(abs)
    self.loss = loss
    self.sample = sample
    classIndex = index
    size = model.size
    self.texture = Array(texture)
  }

  /// The fraction of pixels whose gradient is not zero.
  public var nonzeroFraction: Double { Double(gradient.count { $0 > 0 }) / Double(max(1, gradient.count)) }

  /// Writes a picture of the texture with the gradient beside it, coloured by its square root. Blocks while it writes.
  ///
  /// - Parameters:
  ///   - path: of the PNG, which is replaced.
  ///   - texts: for the file; keys of 1 to 79 characters of ASCII.
  /// - Throws: ``BackdropError`` with code `.fileSystem`.
  public func writePicture(to path: String, texts: [(key: String, value: String)] = []) throws(BackdropError) {
    // Reduced, sorted for the colours, and as colours.
    try checkRoom(for: 4 * texture.count)
    do {
      try TextureMapPicture(texture: texture, map: gradient, width: size.width).write(to: path, texts: texts)
    } catch {
      throw BackdropError(file: error)
    }
  }
}
