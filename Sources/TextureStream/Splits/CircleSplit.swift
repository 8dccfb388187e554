import GaussianField

/// ``SplitVersion/circle``: the samples of a class lie on a circle, each a golden section after the last, so that every
/// run of them covers the circle evenly; parts are arcs. The seed turns each class's circle.
struct CircleSplit: Sendable {
  let validation: Double
  let test: Double
  let seed: UInt64
  let classCount: Int

  /// The part of a sample.
  func split(ofSample sample: Int) -> Split {
    let (position, index) = sample.quotientAndRemainder(dividingBy: classCount)
    let words = Philox4x32.block(counter: SIMD4(UInt32(index), 0, NoisePurpose.order.rawValue << 24 | 1, 0), key: seed)
    let turn = UInt64(words.x) << 32 | UInt64(words.y)
    // 2^64 over the golden ratio.
    let point = Double((turn &+ UInt64(position) &* 0x9E37_79B9_7F4A_7C15) >> 11) * 0x1p-53
    return point < test ? .test : point < test + validation ? .validation : .train
  }
}
