import CSpectralKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The transforms along x: from rows of a half spectrum to rows of real pixels.
///
/// For an even side, a complex transform of half the length gives the even pixels as real parts and the odd ones as
/// imaginary parts, that is, the row as it lies in memory. FFTW vectorises it where it hardly vectorises its own
/// real transform, and takes a third of the time.
struct RowTransform: Sendable {
  private let side: Int
  private let columnCount: Int
  private let plan: FourierPlan
  /// i exp(2 pi i k / n) for 0 <= k <= n/4, and room for one vector more; empty for an odd side.
  private let twiddle: [Float]

  init(side: Int, columnCount: Int) {
    self.side = side
    self.columnCount = columnCount
    if side % 2 == 0 {
      plan = FourierPlan(.complex, length: side / 2)
      twiddle = (0..<side / 4 + 4).flatMap { k in
        let angle = 2 * Double.pi * Double(k) / Double(side)
        return [Float(-sin(angle)), Float(cos(angle))]
      }
    } else {
      plan = FourierPlan(.complexToReal, length: side)
      twiddle = []
    }
  }

  /// Complex numbers from one gathered row to the next: all of a half spectrum, in whole vectors.
  private var gatheredPitch: Int { (side / 2 + 1 + 15) / 8 * 8 }

  /// Floats that ``transform`` needs as zeroed scratch memory: gathered rows, one folded spectrum, one row of pixels.
  var scratchCount: Int { 2 * TextureSampler.rowGroup * gatheredPitch + 2 * foldedCount + side }

  private var foldedCount: Int { (side / 2 + 1 + 15) / 16 * 16 }

  /// Makes `count` rows from row `y` on.
  ///
  /// - Parameters:
  ///   - columns: columns transformed along y, `pitch` complex numbers apart.
  ///   - y: a multiple of 8.
  ///   - scratch: ``scratchCount`` floats that nothing else writes to, zero at first.
  ///   - output: shape (count, n).
  func transform(
    columns: UnsafePointer<Float>, pitch: Int, y: Int, count: Int, scratch: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    let folded = scratch + 2 * TextureSampler.rowGroup * gatheredPitch
    let aligned = folded + 2 * foldedCount
    gpgen_gather_rows(columns, pitch, (columnCount + 3) / 4 * 4, y, scratch, gatheredPitch)
    for row in 0..<count {
      let spectrum = scratch + 2 * row * gatheredPitch
      let pixels = output + row * side
      let target = UInt(bitPattern: pixels) % 64 == 0 ? pixels : aligned
      if twiddle.isEmpty {
        folded.update(from: spectrum, count: 2 * columnCount)
        (folded + 2 * columnCount).update(repeating: 0, count: 2 * (side / 2 + 1 - columnCount))
        plan.transformToReal(folded, to: target)
      } else {
        gpgen_fold_half_complex(spectrum, columnCount, side / 2, twiddle, folded)
        plan.transform(folded, to: target)
      }
      if target != pixels { pixels.update(from: aligned, count: side) }
    }
  }
}
