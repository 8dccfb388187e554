import CSpectralKernels

/// One scale of one texture.
struct ScalePart: @unchecked Sendable {
  // Sendable: the lines, which the spectrum owns, are never written. They are not a reference, whose count threads
  // would contend for.
  let lines: UnsafeBufferPointer<ScaleSpectrum.Line>
  let planeCount: Int
  let noise: gpgen_noise_stream
  let factor: Float

  /// - Parameter spectrum: must outlive the part.
  init(_ spectrum: ScaleSpectrum, noise: gpgen_noise_stream, factor: Float) {
    (lines, planeCount) = (spectrum.lines, spectrum.planeCount)
    self.noise = noise
    self.factor = factor
  }

  private init(_ part: ScalePart, factor: Float) {
    (lines, planeCount, noise) = (part.lines, part.planeCount, part.noise)
    self.factor = factor
  }

  /// The same part with another factor.
  func with(factor: Float) -> ScalePart { ScalePart(self, factor: factor) }

  /// The number of columns that hold modes.
  var columnCount: Int { lines.count / planeCount }
}

/// Draws the coefficients of one kx from the noise.
///
/// A complex coefficient of standard deviation s is s / sqrt(2) times (a + i b). In the planes kx = 0 and kx = n_x / 2
/// the coefficients at (kz, ky) and (-kz, -ky) are conjugate: those with ky > 0 are drawn, and on the lines ky = 0 and
/// ky = -n_y / 2 those with kz > 0. Self-conjugate coefficients are real, s times a: with even extents there are four
/// in an image and eight in a volume.
struct PlaneDrawing: Sendable {
  let extents: (z: Int, y: Int, x: Int)
  /// The stride of rows, in complex numbers.
  let pitch: Int
  /// Whether the coefficient at 0, the field's mean, is omitted.
  let withoutMean: Bool

  /// Whether the plane contains both members of each conjugate pair.
  func isSelfConjugate(_ kx: Int) -> Bool { kx == 0 || 2 * kx == extents.x }

  /// Draws a plane, summed over scales.
  ///
  /// - Parameters:
  ///   - kx: the column.
  ///   - parts: the scales.
  ///   - plane: shape (n_z, n_y) complex; kz and ky are indexed modulo n_z and n_y.
  /// - Returns: the maximum |ky| with a mode.
  @discardableResult
  func draw(_ kx: Int, _ parts: [ScalePart], into plane: UnsafeMutablePointer<Float>) -> Int {
    plane.update(repeating: 0, count: 2 * ((extents.z - 1) * pitch + extents.y))
    let selfConjugate = isSelfConjugate(kx)
    let maximumPositive = (extents.y - 1) / 2
    var maximumDrawn = 0
    for part in parts where kx < part.columnCount {
      let planeCount = part.planeCount
      for place in 0..<extents.z {
        let kz = 2 * place < extents.z ? place : place - extents.z
        let line = part.lines[kx * planeCount + (planeCount == extents.z ? place : abs(kz))]
        let maximum = line.maximumRow
        guard maximum >= 0 else { continue }
        let factor = Float(0.5).squareRoot() * part.factor * line.factor
        let row = plane + 2 * place * pitch
        let word = Int32(truncatingIfNeeded: UInt32(kx) | UInt32(truncatingIfNeeded: kz) << 16)
        func draw(_ ky: ClosedRange<Int>) {
          gpgen_add_noise(
            part.noise, word, Int32(ky.lowerBound), ky.count, line.zero + ky.lowerBound, factor,
            row + 2 * (ky.lowerBound < 0 ? extents.y + ky.lowerBound : ky.lowerBound))
        }
        let positive = min(maximum, maximumPositive)
        // Whether the coefficients at ky = 0 and -n_y / 2 are drawn, rather than conjugates of drawn ones.
        let drawsLines = !selfConjugate || kz >= 0 || 2 * kz == -extents.z
        let first = !drawsLines || (withoutMean && kx == 0 && kz == 0) ? 1 : 0
        if first <= positive { draw(first...positive) }
        if !selfConjugate {
          if maximum > 0 { draw(-maximum...(-1)) }
        } else if drawsLines, 2 * maximum == extents.y {
          draw(-maximum...(-maximum))
        }
        maximumDrawn = max(maximumDrawn, maximum)
      }
    }
    if selfConjugate { conjugate(plane, maximumDrawn) }
    return maximumDrawn
  }

  private func conjugate(_ plane: UnsafeMutablePointer<Float>, _ maximumDrawn: Int) {
    func number(_ kz: Int, _ ky: Int) -> UnsafeMutablePointer<Float> {
      plane + 2 * ((kz + extents.z) % extents.z * pitch + (ky + extents.y) % extents.y)
    }
    func mirror(_ kz: Int, _ ky: Int) {
      let (from, to) = (number(kz, ky), number(-kz, -ky))
      to[0] = from[0]
      to[1] = -from[1]
    }
    func makeReal(_ kz: Int, _ ky: Int) {
      let number = number(kz, ky)
      number[0] *= Float(2).squareRoot()
      number[1] = 0
    }
    for kz in 0..<extents.z {
      for ky in stride(from: 1, through: min(maximumDrawn, (extents.y - 1) / 2), by: 1) { mirror(kz, ky) }
    }
    for ky in 2 * maximumDrawn == extents.y ? [0, maximumDrawn] : [0] {
      makeReal(0, ky)
      for kz in stride(from: 1, through: (extents.z - 1) / 2, by: 1) { mirror(kz, ky) }
      if extents.z > 1, extents.z % 2 == 0 { makeReal(extents.z / 2, ky) }
    }
  }

  /// The contribution of one scale's drawn plane to the variance over the texture's pixels, by Parseval's theorem.
  func power(_ kx: Int, _ part: ScalePart, in plane: UnsafeMutablePointer<Float>) -> Double {
    var power = 0.0
    let planeCount = part.planeCount
    for place in 0..<extents.z {
      let maximum = part.lines[kx * planeCount + (planeCount == extents.z ? place : min(place, extents.z - place))]
        .maximumRow
      guard maximum >= 0 else { continue }
      let row = plane + 2 * place * pitch
      for rows in [0..<min(maximum + 1, extents.y), max(maximum + 1, extents.y - maximum)..<extents.y] {
        for ky in rows {
          let (re, im) = (Double(row[2 * ky]), Double(row[2 * ky + 1]))
          power += re * re + im * im
        }
      }
    }
    return isSelfConjugate(kx) ? power : 2 * power
  }
}
