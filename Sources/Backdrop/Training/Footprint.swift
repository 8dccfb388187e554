import TextureDataset

/// The gradient of a network's loss with respect to the pixels of one texture. It shows which pixels contribute to a
/// training step.
public struct Footprint: Sendable {
  /// The sample's index in the whole dataset.
  public let sample: Int
  /// The sample's class.
  public let classIndex: Int
  /// The size of the texture.
  public let size: ImageSize
  /// The texture, shape (height, width).
  public let texture: [Float]
  /// |dL/dx|, shape (height, width), where L is the squared error of a regression, or the cross-entropy of all classes
  /// or of positive against negative.
  public let gradient: [Float]
  /// L, the loss.
  public let loss: Double

  /// - Parameters:
  ///   - texture: shape (height, width).
  ///   - model: a model with a batch size of one.
  ///   - evaluate: the loss of the outputs.
  init(
    sample: Int, class index: Int, texture: UnsafeBufferPointer<Float>, _ model: Model, step: Int,
    _ evaluate: (_ outputs: [Float]) -> Loss.Value
  ) throws(BackdropError) {
    // The gradient, two intermediate copies of it, and the texture.
    try checkRoom(for: 4 * texture.count)
    var loss = 0.0
    gradient = try model.inputGradients(texture.span, step: step) { outputs throws(BackdropError) in
      let value = evaluate(outputs)
      loss = value.loss ?? 0
      return value.gradient
    }.images.map(abs)
    self.loss = loss
    self.sample = sample
    classIndex = index
    size = model.size
    self.texture = Array(texture)
  }

  /// The cross-entropy of one sample. AUC and F1 need many samples, so with them a single logit is compared with a
  /// logit of 0 for the other class.
  static func crossEntropy(_ outputs: [Float], target: Int) -> Loss.Value {
    guard outputs.count == 1 else {
      return Loss.crossEntropy.evaluate(outputs: outputs, outputCount: outputs.count, targets: [target])
    }
    let value = Loss.crossEntropy.evaluate(outputs: [0] + outputs, outputCount: 2, targets: [target])
    return Loss.Value(loss: value.loss, gradient: Array(value.gradient.dropFirst()))
  }

  /// The fraction of pixels with a nonzero gradient.
  public var nonzeroFraction: Double { Double(gradient.count { $0 > 0 }) / Double(max(1, gradient.count)) }

  /// The bytes of a PNG of the texture with the gradient beside it, coloured by its square root.
  ///
  /// - Parameters:
  ///   - side: the maximum of a panel's sides, in pixels.
  ///   - title: the first line of the picture; by default class and sample.
  /// - Throws: ``BackdropError`` with code `.fileSystem`, or `.memory`.
  package func picture(side: Int, title: String? = nil) throws(BackdropError) -> [UInt8] {
    let picture = try picture(title: title).reduced(to: side)
    do {
      return try picture.encoded()
    } catch {
      throw BackdropError(file: error)
    }
  }

  /// Writes a picture of the texture with the gradient beside it, coloured by its square root. Blocks while it writes.
  ///
  /// - Parameters:
  ///   - path: the PNG file, which is replaced if it exists.
  ///   - title: the first line of the picture; by default class and sample.
  ///   - texts: the file's text chunks; keys have 1 to 79 ASCII characters.
  /// - Throws: ``BackdropError`` with code `.fileSystem`.
  public func writePicture(
    to path: String, title: String? = nil, texts: [(key: String, value: String)] = []
  ) throws(BackdropError) {
    let picture = try picture(title: title)
    do {
      try picture.write(to: path, texts: texts)
    } catch {
      throw BackdropError(file: error)
    }
  }

  private func picture(title: String?) throws(BackdropError) -> TextureMapPicture {
    // The reduced map, the sorted values for the colour range, and the colours.
    try checkRoom(for: 4 * texture.count)
    return TextureMapPicture(
      texture: texture, map: gradient, width: size.width, title: title ?? "class \(classIndex), sample \(sample)",
      quantity: "|dL/dx|")
  }
}
