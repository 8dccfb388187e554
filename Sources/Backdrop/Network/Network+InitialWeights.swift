import GaussianField

extension Network {
  /// Initial weights for training: uniform, with the standard deviation that preserves the scale of activations from
  /// layer to layer.
  ///
  /// A weight lies between -sqrt(3 gain / fan-in) and sqrt(3 gain / fan-in). The gain is 2 if a ReLU follows the layer,
  /// because a ReLU passes half of the mean square, and 1 otherwise; the fan-in is the number of inputs of one output.
  /// Biases are 0. (With PyTorch's default, the activations of a stack of convolutions shrink by a factor of 1.7 with
  /// each layer, and the reference network learns nothing for ten epochs, or ever.)
  ///
  /// Element e of tensor t (both from 0, t in the order of the layout) comes from word e mod 4 of Philox4x32-10's
  /// block (e / 4, t, purpose `initialisation` * 2^24, 0) under the seed: the word's upper 24 bits are a fraction u of
  /// one, and the value is (2u - 1) times the bound.
  ///
  /// - Parameters:
  ///   - size: the size of the textures.
  ///   - seed: the key of the random numbers.
  /// - Returns: the weights, in the order of ``parameterLayout(of:)``.
  /// - Throws: ``BackdropError`` like ``shapes(of:)``, or with code `.memory`.
  /// - Source: He, Zhang, Ren and Sun (2015); `torch.nn.init.kaiming_uniform_`.
  public func initialWeights(for size: ImageSize, seed: UInt64) throws(BackdropError) -> [Float] {
    let layout = try parameterLayout(of: size)
    try checkRoom(for: layout.count)
    var values: [Float] = []
    values.reserveCapacity(layout.count)
    for (tensor, entry) in layout.entries.enumerated() {
      guard entry.shape.count > 1 else {
        values += [Float](repeating: 0, count: entry.count)
        continue
      }
      let fanIn = entry.shape.dropFirst().reduce(1, *)
      let bound = (Float(3 * gain(after: entry)) / Float(fanIn)).squareRoot()
      for element in stride(from: 0, to: entry.count, by: 4) {
        let counter = SIMD4(
          UInt32(element / 4), UInt32(tensor), NoisePurpose.initialisation.rawValue << 24, 0)
        let words = Philox4x32.block(counter: counter, key: seed)
        for lane in 0..<min(4, entry.count - element) {
          let fraction = Float(words[lane] >> 8) * 0x1p-24
          values.append((2 * fraction - 1) * bound)
        }
      }
    }
    return values
  }

  /// Like ``initialWeights(for:seed:)``, for squares.
  public func initialWeights(side: Int, seed: UInt64) throws(BackdropError) -> [Float] {
    try initialWeights(for: ImageSize(side: side), seed: seed)
  }

  /// The gain of the layer after a weight's own, not counting layers that act only on gradients.
  private func gain(after entry: ParameterLayout.Entry) -> Double {
    guard let layer = entry.name.split(separator: ".").first.flatMap({ Int($0) }) else { return 1 }
    return layers[(layer + 1)...].first { !$0.operation.isIdentityForward }?.operation.varianceGain ?? 1
  }
}
