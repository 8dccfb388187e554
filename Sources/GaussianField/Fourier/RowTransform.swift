import CSpectralKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The transforms along x: from rows of a half spectrum to rows of real pixels.
///
/// For an even side, a complex transform of half the length yields the even pixels as real parts and the odd ones as
/// imaginary parts, which is the row's layout in memory. For an odd side, a complex transform yields two rows, one as
/// real parts and one as imaginary parts. Both take a third of the time of FFTW's real transform, which it hardly
/// vectorises.
struct RowTransform: Sendable {
  private let side: Int
  /// The number of pixels to keep, from the start of a row.
  private let window: Int
  private let columnCount: Int
  private let plan: FourierPlan
  /// i exp(2 pi i k / n) for 0 <= k <= n/4, padded by one vector; empty for an odd side.
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

  /// i exp(2 pi i k / n) for 0 <= k <= n / 4, padded by one vector for `gpgen_fold_half_complex`.
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

  /// The stride of gathered rows in complex numbers: a half spectrum, padded to whole vectors.
  private var gatheredPitch: Int { (side / 2 + 1 + 15) / 8 * 8 }

  /// Floats of zeroed scratch memory for ``transform``: gathered rows, and the input and output of one complex
  /// transform.
  var scratchCount: Int { 2 * TextureSampler.rowGroup * gatheredPitch + 4 * foldedCount }

  /// The complex numbers of one transform, padded to whole cache lines.
  private var foldedCount: Int { ((side % 2 == 0 ? side / 2 : side) + 15) / 16 * 16 }

  /// Computes rows of a group of 8.
  ///
  /// - Parameters:
  ///   - columns: columns transformed along y, `pitch` complex numbers apart.
  ///   - start: the offset of the group in a column, a multiple of 8.
  ///   - rows: the rows of the group to compute.
  ///   - scratch: ``scratchCount`` floats, initially zero, that nothing else writes to.
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

  /// Transforms one gathered row of even length.
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

  /// Transforms two gathered rows of odd length, with spectra a and b, as a + i b: a[k] + i b[k], and at -k, since the
  /// rows are real, conj(a[k]) + i conj(b[k]).
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
