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
/// of 32 bits each: the sample's position in the batch, or 0 if one mask is shared by all; the layer's index in the
/// network; the training step. So a sample's mask does not depend on the number of samples.
struct MaskNoise {
  /// What the words are used for.
  enum Use: UInt32 {
    /// Which elements a mask blocks.
    case elements = 0
    /// Which element survives if all would be blocked.
    case survivor = 1
    /// Which channels dropout drops.
    case dropout = 2
  }

  let seed: UInt64
  let step: Int
  let layer: Int

  /// Whether each of `count` elements is kept: its word, as a fraction of 2^32, is at least the probability.
  func kept(_ count: Int, use: Use, sample: Int, probability: Double) -> [Bool] {
    // From 0 to 2^32, which no word reaches: probabilities are accurate to 2^-33, and 0 and 1 are exact.
    let threshold = UInt64((probability * 0x1p32).rounded())
    return words(count, use: use, sample: sample).map { UInt64($0) >= threshold }
  }

  /// A uniformly random subset of `kept` of `count` elements: those with the largest words; among equal ones, the
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

  /// One of `count` elements, uniformly to one part in 2^32: floor((word 0 * 2^32 + word 1) * count / 2^64).
  func survivor(of count: Int, sample: Int) -> Int {
    let words = block(0, use: .survivor, sample: sample)
    let fraction = UInt64(words.x) << 32 | UInt64(words.y)
    return Int(fraction.multipliedFullWidth(by: UInt64(count)).high)
  }

  /// The first `count` words of a stream.
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
