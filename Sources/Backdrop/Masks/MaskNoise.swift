import GaussianField

/// The random words of masks and dropout.
///
/// Word e of a stream is word e mod 4 of Philox4x32-10's block under the seed with the counter
///
///     c0 = e / 4
///     c1 = step
///     c2 = purpose `mask` * 2^24 + use * 2^20 + layer
///     c3 = sample
///
/// in 32 bits each: the sample's place in the batch, or 0 where one mask serves all; the layer's index in the network;
/// the step of the training. So one sample's mask does not depend on how many samples there are.
struct MaskNoise {
  /// What is drawn.
  enum Use: UInt32 {
    /// Which elements a mask blocks.
    case elements = 0
    /// Which element survives where all would be blocked.
    case survivor = 1
    /// Which channels dropout drops.
    case dropout = 2
  }

  let seed: UInt64
  let step: Int
  let layer: Int

  /// Whether each of `count` elements is kept: its word, as a fraction of 2^32, is at least the probability.
  func kept(_ count: Int, use: Use, sample: Int, probability: Double) -> [Bool] {
    // From 0 to 2^32, which no word reaches: probabilities are exact to 2^-33, and 0 and 1 are certain.
    let threshold = UInt64((probability * 0x1p32).rounded())
    return words(count, use: use, sample: sample).map { UInt64($0) >= threshold }
  }

  /// Which `kept` of `count` elements a subset has, each subset as likely: those with the largest words; of equal ones, the
  /// first.
  ///
  /// - Precondition: `kept` is from 1 to `count`.
  func subset(_ kept: Int, of count: Int, use: Use, sample: Int) -> [Bool] {
    let words = words(count, use: use, sample: sample)
    let threshold = words.sorted(by: >)[kept - 1]
    var ties = kept - words.count { $0 > threshold }
    return words.map { word in
      guard word == threshold else { return word > threshold }
      ties -= 1
      return ties >= 0
    }
  }

  /// One of `count` elements, all as likely to one part in 2^32: (word 0 * 2^32 + word 1) * count / 2^64, floored.
  func survivor(of count: Int, sample: Int) -> Int {
    let words = block(0, use: .survivor, sample: sample)
    let fraction = UInt64(words.x) << 32 | UInt64(words.y)
    return Int(fraction.multipliedFullWidth(by: UInt64(count)).high)
  }

  /// The first words of a stream.
  private func words(_ count: Int, use: Use, sample: Int) -> [UInt32] {
    var words: [UInt32] = []
    words.reserveCapacity(count)
    for first in stride(from: 0, to: count, by: 4) {
      let block = block(first / 4, use: use, sample: sample)
      for lane in 0..<min(4, count - first) { words.append(block[lane]) }
    }
    return words
  }

  private func block(_ index: Int, use: Use, sample: Int) -> SIMD4<UInt32> {
    let counter = SIMD4(
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: step),
      NoisePurpose.mask.rawValue << 24 | use.rawValue << 20 | UInt32(layer), UInt32(sample))
    return Philox4x32.block(counter: counter, key: seed)
  }
}
