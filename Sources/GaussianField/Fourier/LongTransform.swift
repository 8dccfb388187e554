import CSpectralKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An inverse Fourier transform without a factor, of very many points on several threads, in short transforms whose data
/// stay in the caches: the same bits for any number of threads.
///
/// With N = A B, k = a + A b and j = c + B d, z[j] is the transform along a of what the transform along b gives, times
/// exp(2 pi i a c / N). Eight a, then eight c, are done at a time, so that whole cache lines are read and written.
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

  /// From this length on it is faster than one transform.
  private static let minimumLength = 1 << 16

  /// - Returns: nil of lengths that are short, or have no two factors that are multiples of 8 and of like size.
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

  /// The lines along b that are zero: from `low` on and before `high`.
  private func zeroLines(_ band: Int) -> (low: Int, high: Int) {
    let low = min(b, (band / a + 1 + 3) / 4 * 4)
    return (low, max(low, (length - band) / a / 4 * 4))
  }

  /// The places that hold no mode, and yet are read.
  func gaps(band: Int) -> [Range<Int>] {
    let (low, high) = zeroLines(band)
    let end = max(band, length - band + 1)
    return low == high ? [band..<end] : [band..<max(band, low * a), high * a..<max(high * a, end)]
  }

  private var pitch: Int { (max(a, b) + 7) / 8 * 8 + 8 }

  /// Floats of scratch memory of each thread, zero at first: eight lines before their transform and eight after it.
  var scratchCount: Int { 2 * 16 * pitch }

  /// Transforms.
  ///
  /// - Parameters:
  ///   - input: N complex numbers, which are lost; those in ``gaps(band:)`` are zero.
  ///   - band: all that are not zero lie at k < band or k > N - band; the others are read in ``gaps(band:)`` alone.
  ///   - output: N complex numbers.
  ///   - threads: how many work.
  ///   - scratch: ``scratchCount`` floats of a thread.
  func transform(
    _ input: UnsafeMutablePointer<Float>, band: Int, to output: UnsafeMutablePointer<Float>, threads: Int,
    scratch: @Sendable (Int) -> UnsafeMutablePointer<Float>
  ) {
    nonisolated(unsafe) let (input, output) = (input, output)
    let (low, high) = zeroLines(band)
    onThreads(threads) { thread in
      let lines = scratch(thread)
      let results = lines + 2 * 8 * pitch
      // What a transform along a has left.
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
