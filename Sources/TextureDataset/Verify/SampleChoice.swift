import GaussianField

/// A uniformly random subset of numbers, as a pure function of a seed.
///
/// - Source: Floyd's algorithm, in Bentley and Floyd, "Programming pearls: a sample of brilliance" (1987).
enum SampleChoice {
  /// Chooses `count` numbers below `total`, in order; all of them if there are fewer.
  static func choose(_ count: Int, of total: Int, seed: UInt64) -> [Int] {
    guard count < total else { return Array(0..<total) }
    var chosen: Set<Int> = []
    for (draw, last) in (total - count..<total).enumerated() {
      let words = Philox4x32.block(
        counter: SIMD4(UInt32(draw), 0, NoisePurpose.verification.word(scale: 0), 0), key: seed)
      // Uniform below last + 1, to one part in 2³².
      let word = UInt64(words.y) << 32 | UInt64(words.x)
      let candidate = Int(word.multipliedFullWidth(by: UInt64(last + 1)).high)
      chosen.insert(chosen.contains(candidate) ? last : candidate)
    }
    return chosen.sorted()
  }
}
