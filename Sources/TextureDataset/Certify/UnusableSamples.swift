/// Samples with non-finite pixels, or, for log-normal textures, with pixels that have no logarithm.
struct UnusableSamples: Sendable {
  private(set) var count = 0
  /// The first of them.
  private(set) var first: Int?

  mutating func add(_ sample: Int) {
    count += 1
    first = min(first ?? sample, sample)
  }

  static func += (a: inout UnusableSamples, b: UnusableSamples) {
    a.count += b.count
    a.first = [a.first, b.first].compactMap { $0 }.min()
  }

  /// The test that there are none.
  var test: CertificateTest {
    CertificateTest(
      .finite, "samples with pixels that are not finite", measured: Double(count), expected: 0,
      firstSample: first, p: count > 0 ? 0 : 1)
  }
}
