import CSpectralKernels

/// The transforms along z and y, from a plane of coefficients of one kx to the input of the transforms along x.
///
/// Legend: n_z, n_y extents of the torus; w_z, w_y extents of the texture, which are smaller if it is open.
struct PlaneTransform: Sendable {
  private let torus: (z: Int, y: Int)
  private let window: (z: Int, y: Int)
  private let planZ: FourierPlan?
  private let planY: FourierPlan

  init(_ grid: Grid) throws(AllocationError) {
    let (extents, window) = (grid.modeExtents, grid.windowExtents)
    torus = (extents.z, extents.y)
    self.window = (window.z, window.y)
    planZ = extents.z > 1 ? try FourierPlan(length: extents.z) : nil
    planY = try FourierPlan(length: extents.y)
  }

  /// The row stride of a drawn plane in complex numbers: whole cache lines.
  var drawnPitch: Int { planZ == nil ? torus.y : (torus.y + 7) / 8 * 8 }
  /// The size of a drawn plane in complex numbers, padded with zero rows so that rows can be gathered in fours.
  var drawnCount: Int { planZ == nil ? (torus.y + 15) / 16 * 16 : (torus.z + 3) / 4 * 4 * drawnPitch }

  /// The row stride of a transformed plane in complex numbers: w_y in whole cache lines, plus one line.
  var pitch: Int { (window.y + 7) / 8 * 8 + 8 }
  /// The stride of transformed planes in complex numbers, with an extra cache line in volumes, so that planes whose
  /// size is a power of two do not map to the same cache sets.
  var planePitch: Int { window.z == 1 ? pitch : window.z * pitch + 8 }

  private var pitchZ: Int { (torus.z + 7) / 8 * 8 }
  private var pitchY: Int { (torus.y + 7) / 8 * 8 + 8 }
  /// The complex numbers of all lines along z, [ky][z].
  private var turnedCount: Int { planZ == nil ? 0 : (torus.y + 7) / 8 * 8 * pitchZ }
  private var lineCount: Int { 9 * max(pitchZ + 8, pitchY) }

  /// Floats of scratch memory, initially zero, for ``transform(_:maximumRow:scratch:into:)``.
  var scratchCount: Int { 2 * (turnedCount + lineCount) }

  /// Transforms a plane.
  ///
  /// - Parameters:
  ///   - drawn: shape (n_z, n_y) complex, rows ``drawnPitch`` apart; kz and ky are indexed modulo n_z and n_y.
  ///   - maximumRow: the maximum |ky| with a mode.
  ///   - scratch: ``scratchCount`` floats.
  ///   - output: shape (w_z, w_y) complex, rows ``pitch`` apart.
  func transform(
    _ drawn: UnsafeMutablePointer<Float>, maximumRow: Int, scratch: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    if let planZ {
      transformVolume(drawn, planZ, maximumRow: maximumRow, scratch: scratch, into: output)
    } else if window.y == torus.y {
      planY.transform(drawn, to: output)
    } else {
      planY.transform(drawn, to: scratch)
      output.update(from: scratch, count: 2 * window.y)
    }
  }

  private func transformVolume(
    _ drawn: UnsafeMutablePointer<Float>, _ planZ: FourierPlan, maximumRow: Int, scratch: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    let turned = scratch
    let lines = scratch + 2 * turnedCount
    // The rows ky = 0 ... maximumRow, and those of -maximumRow ... -1 that are not among them.
    let positive = min(maximumRow + 1, torus.y)
    let negative = max(positive, torus.y - maximumRow)
    for group in stride(from: 0, to: torus.y, by: 8) where group < positive || group + 8 > negative {
      gpgen_gather_rows(drawn, drawnPitch, (torus.z + 3) / 4 * 4, group, lines, pitchZ + 8)
      for row in group..<min(group + 8, torus.y) where row < positive || row >= negative {
        planZ.transform(lines + 2 * (row - group) * (pitchZ + 8), to: turned + 2 * row * pitchZ)
      }
    }
    let result = lines + 2 * 8 * pitchY
    for group in stride(from: 0, to: window.z, by: 8) {
      // Rows without modes are zero: most are skipped, and those gathered in a group of four are cleared.
      let low = min((positive + 3) / 4 * 4, (torus.y + 3) / 4 * 4)
      let high = max(low, negative / 4 * 4)
      gpgen_gather_rows(turned, pitchZ, low, group, lines, pitchY)
      if high < torus.y {
        gpgen_gather_rows(
          turned + 2 * high * pitchZ, pitchZ, (torus.y - high + 3) / 4 * 4, group, lines + 2 * high, pitchY)
      }
      for z in group..<min(group + 8, window.z) {
        let line = lines + 2 * (z - group) * pitchY
        if negative > positive { (line + 2 * positive).update(repeating: 0, count: 2 * (negative - positive)) }
        let row = output + 2 * z * pitch
        if window.y == torus.y {
          planY.transform(line, to: row)
        } else {
          planY.transform(line, to: result)
          row.update(from: result, count: 2 * window.y)
        }
      }
    }
  }
}
