import CSpectralKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The transforms along x: from rows of a half spectrum to rows of real pixels.
///
/// For an even side, a complex transform of half the length gives the even pixels as real parts and the odd ones as
/// imaginary parts, that is, the row as it lies in memory. For an odd side, a complex transform gives two rows, one as
/// real parts and one as imaginary parts. FFTW vectorises complex transforms where it hardly vectorises its own real
/// one, and takes a third of the time.
struct RowTransform: Sendable {
  private let side: Int
  /// The pixels of a row that are kept: the first.
  private let window: Int
  private let columnCount: Int
  private let plan: FourierPlan
  /// i exp(2 pi i k / n) for 0 <= k <= n/4, and room for one vector more; empty for an odd side.
  private let twiddle: [Float]

  init(side: Int, window: Int, columnCount: Int) throws(AllocationError) {
    self.side = side
    self.window = window
    self.columnCount = columnCount
    if side % 2 == 0 {
      plan = try FourierPlan(length: side / 2)
      twiddle = Self.twiddle(side: side)
    } else {
      plan = try FourierPlan(length: side)
      twiddle = []
    }
  }

  /// i exp(2 pi i k / n) for 0 <= k <= n / 4, and room for one vector more: what `gpgen_fold_half_complex` takes.
  static func twiddle(side: Int) -> [Float] {
    let count = 2 * (side / 4 + 4)
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      for k in 0..<count / 2 {
        let angle = 2 * Double.pi * Double(k) / Double(side)
        buffer.initializeElement(at: 2 * k, to: Float(-sin(angle)))
        buffer.initializeElement(at: 2 * k + 1, to: Float(cos(angle)))
      }
      initialized = count
    }
  }

  /// Complex numbers from one gathered row to the next: all of a half spectrum, in whole vectors.
  private var gatheredPitch: Int { (side / 2 + 1 + 15) / 8 * 8 }

  /// Floats that ``transform`` needs as zeroed scratch memory: gathered rows, the input of one complex transform and its
  /// output.
  var scratchCount: Int { 2 * TextureSampler.rowGroup * gatheredPitch + 4 * foldedCount }

  /// Complex numbers of one transform, in whole cache lines.
  private var foldedCount: Int { ((side % 2 == 0 ? side / 2 : side) + 15) / 16 * 16 }

  /// Makes rows of a group of 8.
  ///
  /// - Parameters:
  ///   - columns: columns transformed along y, `pitch` complex numbers apart.
  ///   - start: where in a column the group begins, a multiple of 8.
  ///   - rows: those of the group that are made.
  ///   - scratch: ``scratchCount`` floats that nothing else writes to, zero at first.
  ///   - output: shape (rows, w).
  func transform(
    columns: UnsafePointer<Float>, pitch: Int, start: Int, rows: Range<Int>, scratch: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    gpgen_gather_rows(columns, pitch, (columnCount + 3) / 4 * 4, start, scratch, gatheredPitch)
    if side % 2 == 0 {
      for row in rows { transformRow(row, scratch: scratch, into: output + (row - rows.lowerBound) * window) }
    } else {
      for row in stride(from: rows.lowerBound / 2 * 2, to: rows.upperBound, by: 2) {
        transformPair(row, of: rows, scratch: scratch, into: output)
      }
    }
  }

  /// One gathered row of an even side, to pixels.
  private func transformRow(
    _ row: Int, scratch: UnsafeMutablePointer<Float>, into pixels: UnsafeMutablePointer<Float>
  ) {
    let folded = scratch + 2 * TextureSampler.rowGroup * gatheredPitch
    let aligned = folded + 2 * foldedCount
    let target = UInt(bitPattern: pixels) % 64 == 0 && window == side ? pixels : aligned
    gpgen_fold_half_complex(
      scratch + 2 * row * gatheredPitch, columnCount, side / 2, twiddle, 0, side / 2, folded)
    plan.transform(folded, to: target)
    if target != pixels { pixels.update(from: aligned, count: window) }
  }

  /// Two gathered rows of an odd side, with spectra a and b, from that of a + i b: a[k] + i b[k], and at -k, where real
  /// rows have conjugates, conj(a[k]) + i conj(b[k]).
  private func transformPair(
    _ row: Int, of rows: Range<Int>, scratch: UnsafeMutablePointer<Float>, into output: UnsafeMutablePointer<Float>
  ) {
    let folded = scratch + 2 * TextureSampler.rowGroup * gatheredPitch
    let result = folded + 2 * foldedCount
    let a = scratch + 2 * row * gatheredPitch
    let b = a + 2 * gatheredPitch
    folded[0] = a[0]
    folded[1] = b[0]
    for k in 1..<max(1, columnCount) {
      let (are, aim, bre, bim) = (a[2 * k], a[2 * k + 1], b[2 * k], b[2 * k + 1])
      folded[2 * k] = are - bim
      folded[2 * k + 1] = aim + bre
      folded[2 * (side - k)] = are + bim
      folded[2 * (side - k) + 1] = bre - aim
    }
    plan.transform(folded, to: result)
    for part in 0..<2 where rows.contains(row + part) {
      let pixels = output + (row + part - rows.lowerBound) * window
      for x in 0..<window { pixels[x] = result[2 * x + part] }
    }
  }
}
