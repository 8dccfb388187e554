import GaussianField

extension Network {
  /// Weights to begin training with, as PyTorch draws them by default: weights and biases uniform between
  /// -1 / sqrt(fan-in) and 1 / sqrt(fan-in), the fan-in being the number of inputs of one output.
  ///
  /// Element e of tensor t (both from 0, t in the order of the layout) comes from word e mod 4 of Philox4x32-10's
  /// block (e / 4, t, purpose `initialisation` * 2^24, 0) under the seed: the word's upper 24 bits are a fraction u of
  /// one, and the value is (2u - 1) / sqrt(fan-in).
  ///
  /// - Returns: as ``parameterLayout(side:)`` has them.
  /// - Throws: ``BackdropError`` as ``shapes(side:)``.
  /// - Source: `torch.nn.init.kaiming_uniform_` with a = sqrt(5), as in `nn.Conv2d` and `nn.Linear`.
  public func initialWeights(side: Int, seed: UInt64) throws(BackdropError) -> [Float] {
    let layout = try parameterLayout(side: side)
    var values: [Float] = []
    values.reserveCapacity(layout.count)
    var fanIn = 1
    for (tensor, entry) in layout.entries.enumerated() {
      // A bias, of one axis, follows its weight and has its fan-in.
      if entry.shape.count > 1 { fanIn = entry.shape.dropFirst().reduce(1, *) }
      let bound = 1 / Float(fanIn).squareRoot()
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
}
