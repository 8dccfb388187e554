import CSpectralKernels

/// The transforms along z and y: from a drawn plane of coefficients of one kx to what the transforms along x begin with.
///
/// Legend: n_z, n_y extents of the torus; w_z, w_y those of the texture, which are less where it is a window.
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

  /// Complex numbers from one row of a drawn plane to the next: whole cache lines.
  var drawnPitch: Int { planZ == nil ? torus.y : (torus.y + 7) / 8 * 8 }
  /// Complex numbers of a drawn plane, with rows beyond it that stay zero, so that rows can be gathered in fours.
  var drawnCount: Int { planZ == nil ? (torus.y + 15) / 16 * 16 : (torus.z + 3) / 4 * 4 * drawnPitch }

  /// Complex numbers from one row of a transformed plane to the next: w_y in whole cache lines, and one more.
  var pitch: Int { (window.y + 7) / 8 * 8 + 8 }
  /// Complex numbers of a transformed plane: one cache line more than its rows where there are several, so that planes of
  /// powers of two do not all fall on the same lines of the cache.
  var planePitch: Int { window.z == 1 ? pitch : window.z * pitch + 8 }

  private var pitchZ: Int { (torus.z + 7) / 8 * 8 }
  private var pitchY: Int { (torus.y + 7) / 8 * 8 + 8 }
  /// Complex numbers of lines along z, [ky][z].
  private var turnedCount: Int { planZ == nil ? 0 : (torus.y + 7) / 8 * 8 * pitchZ }
  private var lineCount: Int { 9 * max(pitchZ + 8, pitchY) }

  /// Floats that ``transform(_:maximumRow:scratch:into:)`` needs as scratch memory, zero at first.
  var scratchCount: Int { 2 * (turnedCount + lineCount) }

  /// Transforms a plane.
  ///
  /// - Parameters:
  ///   - drawn: shape (n_z, n_y) complex, rows ``drawnPitch`` apart; kz and ky at their values modulo n_z and n_y.
  ///   - maximumRow: the maximum |ky| that holds a mode.
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
    // The rows ky = 0 ... maximumRow and those of -maximumRow ... -1, as far as they are others.
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
      // What lies between the rows that hold modes is zero, and what is gathered of it is cleared.
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
