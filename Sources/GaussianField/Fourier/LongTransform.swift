import CSpectralKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A long unnormalized inverse Fourier transform on several threads, as short transforms whose data stay in cache.
/// Results are the same bits for any number of threads.
///
/// With N = A B, k = a + A b and j = c + B d: transform along b, multiply by exp(2 pi i a c / N), transform along a.
/// Eight a, then eight c, are processed together, so that whole cache lines are read and written.
///
/// - Source: Bailey, "FFTs in external or hierarchical memory" (1990), the four-step algorithm.
struct LongTransform: Sendable {
  /// N.
  let length: Int
  private let a: Int
  private let b: Int
  private let planA: FourierPlan
  private let planB: FourierPlan
  private let coarse: [Float]
  private let fine: [Float]

  /// The minimum length at which this is faster than a single transform.
  private static let minimumLength = 1 << 16

  /// - Returns: nil for short lengths, and for lengths that are not a product of two multiples of 8 of similar size.
  /// - Throws: ``AllocationError``.
  init?(length: Int) throws(AllocationError) {
    guard length >= Self.minimumLength, length % 64 == 0 else { return nil }
    let root = Int(Double(length).squareRoot())
    guard
      let a = stride(from: root / 8 * 8, through: max(8, root / 16), by: -8).first(where: { length % ($0 * 8) == 0 })
    else { return nil }
    self.length = length
    self.a = a
    b = length / a
    planA = try FourierPlan(length: a)
    planB = try FourierPlan(length: length / a)
    func roots(_ count: Int, step: Int) -> [Float] {
      (0..<count).flatMap { index in
        let angle = 2 * Double.pi * Double(index * step) / Double(length)
        return [Float(cos(angle)), Float(sin(angle))]
      }
    }
    coarse = roots(length / 4096 + 1, step: 4096)
    fine = roots(4096, step: 1)
  }

  /// The lines along b that are zero: low..<high.
  private func zeroLines(_ band: Int) -> (low: Int, high: Int) {
    let low = min(b, (band / a + 1 + 3) / 4 * 4)
    return (low, max(low, (length - band) / a / 4 * 4))
  }

  /// The elements that hold no mode but are read.
  func gaps(band: Int) -> [Range<Int>] {
    let (low, high) = zeroLines(band)
    let end = max(band, length - band + 1)
    return low == high ? [band..<end] : [band..<max(band, low * a), high * a..<max(high * a, end)]
  }

  private var pitch: Int { (max(a, b) + 7) / 8 * 8 + 8 }

  /// Floats of scratch memory per thread, initially zero: eight lines before their transform and eight after it.
  var scratchCount: Int { 2 * 16 * pitch }

  /// Transforms `input` to `output`.
  ///
  /// - Parameters:
  ///   - input: N complex numbers, overwritten; those in ``gaps(band:)`` must be zero.
  ///   - band: all nonzero elements are at k < band or k > N - band; of the others only ``gaps(band:)`` are read.
  ///   - output: N complex numbers.
  ///   - threads: the number of threads.
  ///   - scratch: a thread's ``scratchCount`` floats.
  func transform(
    _ input: UnsafeMutablePointer<Float>, band: Int, to output: UnsafeMutablePointer<Float>, threads: Int,
    scratch: @Sendable (Int) -> UnsafeMutablePointer<Float>
  ) {
    nonisolated(unsafe) let (input, output) = (input, output)
    let (low, high) = zeroLines(band)
    onThreads(threads) { thread in
      let lines = scratch(thread)
      let results = lines + 2 * 8 * pitch
      // Clear what an earlier transform along a left.
      lines.update(repeating: 0, count: 2 * 8 * pitch)
      for block in stride(from: 8 * thread, to: a, by: 8 * threads) {
        gpgen_gather_rows(input, a, low, block, lines, pitch)
        if high < b { gpgen_gather_rows(input + 2 * high * a, a, b - high, block, lines + 2 * high, pitch) }
        for row in 0..<8 {
          planB.transform(lines + 2 * row * pitch, to: results + 2 * row * pitch)
          gpgen_multiply_roots(results + 2 * row * pitch, b, block + row, coarse, fine)
        }
        for c in stride(from: 0, to: b, by: 8) {
          gpgen_gather_rows(results, pitch, 8, c, input + 2 * (c * a + block), a)
        }
      }
    }
    onThreads(threads) { thread in
      let lines = scratch(thread)
      for block in stride(from: 8 * thread, to: b, by: 8 * threads) {
        for row in 0..<8 { planA.transform(input + 2 * (block + row) * a, to: lines + 2 * row * pitch) }
        for d in stride(from: 0, to: a, by: 8) {
          gpgen_gather_rows(lines, pitch, 8, d, output + 2 * (d * b + block), b)
        }
      }
    }
  }
}
