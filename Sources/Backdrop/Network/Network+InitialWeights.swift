import GaussianField

extension Network {
  /// Weights to begin training with: uniform, of the deviation that keeps activations at one size from layer to layer.
  ///
  /// A weight lies between -sqrt(6 / fan-in) and sqrt(6 / fan-in) where a ReLU follows its layer, which takes half of the
  /// variance, and between -sqrt(3 / fan-in) and sqrt(3 / fan-in) elsewhere; the fan-in is the number of inputs of one
  /// output. Biases are 0. (PyTorch's own default lets the activations of a stack of convolutions shrink by a factor of
  /// 1.7 a layer: the reference network then learns nothing at first, for ten epochs or for ever.)
  ///
  /// Element e of tensor t (both from 0, t in the order of the layout) comes from word e mod 4 of Philox4x32-10's
  /// block (e / 4, t, purpose `initialisation` * 2^24, 0) under the seed: the word's upper 24 bits are a fraction u of
  /// one, and the value is (2u - 1) times the bound.
  ///
  /// - Returns: as ``parameterLayout(side:)`` has them.
  /// - Throws: ``BackdropError`` as ``shapes(side:)``, or with code `.memory`.
  /// - Source: He, Zhang, Ren and Sun (2015); `torch.nn.init.kaiming_uniform_`.
  public func initialWeights(side: Int, seed: UInt64) throws(BackdropError) -> [Float] {
    let layout = try parameterLayout(side: side)
    try checkRoom(for: layout.count)
    var values: [Float] = []
    values.reserveCapacity(layout.count)
    for (tensor, entry) in layout.entries.enumerated() {
      guard entry.shape.count > 1 else {
        values += [Float](repeating: 0, count: entry.count)
        continue
      }
      let fanIn = entry.shape.dropFirst().reduce(1, *)
      let bound = (Float(isFollowedByReLU(entry) ? 6 : 3) / Float(fanIn)).squareRoot()
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

  /// Whether a ReLU follows the layer that a weight is of.
  private func isFollowedByReLU(_ entry: ParameterLayout.Entry) -> Bool {
    guard let layer = entry.name.split(separator: ".").first.flatMap({ Int($0) }) else { return false }
    return layer + 1 < layers.count && layers[layer + 1] == .relu
  }
}
