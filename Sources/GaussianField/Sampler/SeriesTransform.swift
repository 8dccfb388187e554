import CSpectralKernels

/// Draws and transforms the coefficients of a series.
///
/// Coefficient k >= 0 has the noise of the counter word c0 = k; those at 0 and n / 2 are real. For an even length, a
/// complex transform of half the length yields the even points as real parts and the odd ones as imaginary parts. For
/// an odd length, the transform has the whole length.
struct SeriesTransform: Sendable {
  private let length: Int
  /// The number of points to keep, from the start.
  let window: Int
  /// One more than the maximum wave number with a mode of any scale.
  private let modeCount: Int
  private let plan: Plan
  /// i exp(2 pi i k / n) for 0 <= k <= n/4, padded by one vector; empty for an odd length.
  private let twiddle: [Float]

  /// The algorithm of the complex transform.
  private enum Plan {
    case short(FourierPlan)
    case long(LongTransform)
  }

  /// The number of coefficients or points in a thread's unit of work.
  static let block = 1 << 14

  init(length: Int, window: Int, modeCount: Int) throws(AllocationError) {
    self.length = length
    self.window = window
    self.modeCount = modeCount
    let complexLength = length % 2 == 0 ? length / 2 : length
    plan =
      if let long = try LongTransform(length: complexLength) { .long(long) } else {
        .short(try FourierPlan(length: complexLength))
      }
    twiddle = length % 2 == 0 ? RowTransform.twiddle(side: length) : []
  }

  /// The complex numbers of the half spectrum, padded to whole cache lines.
  private var halfCount: Int { (length / 2 + 1 + 15) / 8 * 8 }
  /// The complex numbers of one transform.
  private var foldedCount: Int { ((length % 2 == 0 ? length / 2 : length) + 15) / 8 * 8 }

  /// Floats of memory, initially zero: the half spectrum, the transform's input and its output.
  var memoryCount: Int { 2 * (halfCount + 2 * foldedCount) }

  /// Floats of scratch memory per thread, initially zero.
  var scratchCount: Int {
    switch plan {
    case .short: 0
    case .long(let long): long.scratchCount
    }
  }

  /// Draws the coefficients, summed over scales.
  ///
  /// - Parameters:
  ///   - parts: the scales.
  ///   - withoutMean: omit the coefficient at 0.
  ///   - memory: ``memoryCount`` floats.
  ///   - threads: the number of threads.
  func draw(_ parts: [ScalePart], withoutMean: Bool, in memory: UnsafeMutablePointer<Float>, threads: Int) {
    let blocks = (modeCount + Self.block - 1) / Self.block
    nonisolated(unsafe) let memory = memory
    onThreads(min(threads, blocks)) { thread in
      for block in stride(from: thread, to: blocks, by: min(threads, blocks)) {
        let modes = block * Self.block..<min((block + 1) * Self.block, modeCount)
        (memory + 2 * modes.lowerBound).update(repeating: 0, count: 2 * modes.count)
        for part in parts {
          let line = part.lines[0]
          let first = withoutMean ? 1 : 0
          let drawn = modes.clamped(to: first..<max(first, line.maximumRow + 1))
          if drawn.isEmpty { continue }
          gpgen_add_noise(
            part.noise, 0, Int32(drawn.lowerBound), drawn.count, line.zero + drawn.lowerBound,
            Float(0.5).squareRoot() * part.factor * line.factor, memory + 2 * drawn.lowerBound)
        }
      }
    }
    for k in Set([0, length / 2]) where 2 * k % length == 0 && k < modeCount {
      memory[2 * k] *= Float(2).squareRoot()
      memory[2 * k + 1] = 0
    }
  }

  /// The variance of the drawn field over the series, by Parseval's theorem.
  func power(in memory: UnsafeMutablePointer<Float>) -> Double {
    (0..<modeCount).reduce(0) { sum, k in
      let (re, im) = (Double(memory[2 * k]), Double(memory[2 * k + 1]))
      return sum + (2 * k % length == 0 ? 1 : 2) * (re * re + im * im)
    }
  }

  /// Transforms the coefficients.
  ///
  /// - Parameters:
  ///   - memory: ``memoryCount`` floats.
  ///   - threads: the number of threads.
  ///   - scratch: a thread's ``scratchCount`` floats.
  func transform(
    in memory: UnsafeMutablePointer<Float>, threads: Int, scratch: @Sendable (Int) -> UnsafeMutablePointer<Float>
  ) {
    let folded = memory + 2 * halfCount
    if case .long(let plan) = plan {
      for gap in plan.gaps(band: modeCount) {
        (folded + 2 * gap.lowerBound).update(repeating: 0, count: 2 * gap.count)
      }
    }
    if length % 2 == 0 {
      fold(memory, into: folded, threads: threads)
    } else {
      (folded[0], folded[1]) = (memory[0], 0)
      for k in 1..<max(1, modeCount) {
        (folded[2 * k], folded[2 * k + 1]) = (memory[2 * k], memory[2 * k + 1])
        (folded[2 * (length - k)], folded[2 * (length - k) + 1]) = (memory[2 * k], -memory[2 * k + 1])
      }
    }
    switch plan {
    case .short(let plan): plan.transform(folded, to: folded + 2 * foldedCount)
    case .long(let plan):
      plan.transform(folded, band: modeCount, to: folded + 2 * foldedCount, threads: threads, scratch: scratch)
    }
  }

  private func fold(
    _ half: UnsafeMutablePointer<Float>, into folded: UnsafeMutablePointer<Float>, threads: Int
  ) {
    nonisolated(unsafe) let (half, folded) = (half, folded)
    let end = min(modeCount, length / 4 + 1)
    let blocks = (end + Self.block - 1) / Self.block
    onThreads(min(threads, blocks)) { thread in
      for block in stride(from: thread, to: blocks, by: min(threads, blocks)) {
        gpgen_fold_half_complex(
          half, modeCount, length / 2, twiddle, block * Self.block, min((block + 1) * Self.block, end), folded)
      }
    }
  }

  /// Copies points of the finished series.
  func copy(_ points: Range<Int>, from memory: UnsafeMutablePointer<Float>, into output: UnsafeMutablePointer<Float>) {
    let series = memory + 2 * halfCount + 2 * foldedCount
    if length % 2 == 0 {
      output.update(from: series + points.lowerBound, count: points.count)
    } else {
      for (place, point) in points.enumerated() { output[place] = series[2 * point] }
    }
  }
}
