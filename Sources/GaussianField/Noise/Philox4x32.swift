/// The counter-based generator Philox4x32-10: a bijection of 128-bit counters, one for each 64-bit key.
///
/// - Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
public enum Philox4x32 {
  /// The block of four random words for `counter` under `key`; words are ordered from low to high.
  public static func block(counter: SIMD4<UInt32>, key: UInt64) -> SIMD4<UInt32> {
    var word = counter
    var key0 = UInt32(truncatingIfNeeded: key)
    var key1 = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      let product0 = word.x.multipliedFullWidth(by: 0xD251_1F53)
      let product1 = word.z.multipliedFullWidth(by: 0xCD9E_8D57)
      word = SIMD4(product1.high ^ word.y ^ key0, product1.low, product0.high ^ word.w ^ key1, product0.low)
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
    }
    return word
  }
}
