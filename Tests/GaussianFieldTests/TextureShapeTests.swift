import Foundation
import Testing

@testable import GaussianField

/// Textures in one to three dimensions against slow, obvious transforms of the same coefficients, and against their
/// spectra.
@Suite struct TextureShapeTests {
  /// The texture of a spectrum by definition: every coefficient of the whole torus individually, and a direct
  /// transform.
  private static func reference(_ grid: Grid, variances: (Int, Int, Int) -> Double, seed: UInt64, sample: Int)
    -> [Double]
  {
    let (nz, ny, nx) = grid.modeExtents
    let isSeries = nx == 1
    func signed(_ k: Int, _ n: Int) -> Int { 2 * k < n ? k : k - n }
    /// Whether (kz, ky, kx) is the drawn member of its conjugate pair.
    func isDrawn(_ kz: Int, _ ky: Int, _ kx: Int) -> Bool {
      if isSeries { return 2 * ky <= ny }
      if 2 * kx % nx != 0 { return 2 * kx < nx }
      if 2 * ky % ny != 0 { return 2 * ky < ny }
      return 2 * kz <= nz
    }
    func drawn(_ kz: Int, _ ky: Int, _ kx: Int) -> (Double, Double) {
      let y = isSeries ? ky : signed(ky, ny)
      let word = UInt32(kx) | UInt32(truncatingIfNeeded: signed(kz, nz)) << 16
      let (a, b) = ReferenceNoise.normals(
        counter: SIMD4(UInt32(bitPattern: Int32(y)), word, 0, UInt32(sample)), seed: seed)
      let deviation = variances(kz, ky, kx).squareRoot()
      let isReal = 2 * kz % nz == 0 && 2 * ky % ny == 0 && 2 * kx % nx == 0
      return isReal ? (deviation * a, 0) : (deviation * a / 2.0.squareRoot(), deviation * b / 2.0.squareRoot())
    }
    var field = [Double](repeating: 0, count: nz * ny * nx)
    for kz in 0..<nz {
      for ky in 0..<ny {
        for kx in 0..<nx {
          let (re, im): (Double, Double)
          if isDrawn(kz, ky, kx) {
            (re, im) = drawn(kz, ky, kx)
          } else {
            let pair = drawn((nz - kz) % nz, (ny - ky) % ny, (nx - kx) % nx)
            (re, im) = (pair.0, -pair.1)
          }
          for z in 0..<nz {
            for y in 0..<ny {
              for x in 0..<nx {
                let phase =
                  2 * Double.pi
                  * (Double(kz * z % nz) / Double(nz) + Double(ky * y % ny) / Double(ny) + Double(kx * x % nx)
                    / Double(nx))
                field[(z * ny + y) * nx + x] += re * cos(phase) - im * sin(phase)
              }
            }
          }
        }
      }
    }
    return field
  }

  /// Variances that decay slowly and depend on every sign, but are equal at k and -k.
  private static func variance(_ grid: Grid, _ kz: Int, _ ky: Int, _ kx: Int) -> Double {
    let (nz, ny, nx) = grid.modeExtents
    func angle(_ k: Int, _ n: Int) -> Double { 2 * .pi * Double(k) / Double(n) }
    let (z, y, x) = (angle(kz, nz), angle(ky, ny), angle(kx, nx))
    // Even only if all signs change.
    let form = 3 - cos(z) - cos(y) - cos(x) + 0.4 * sin(z) * sin(y) + 0.3 * sin(y) * sin(x) + 0.2 * sin(z) * sin(x)
    return 1 / (0.2 + form) / Double(nz * ny * nx)
  }

  @Test(
    arguments: [
      .series(length: 8), .series(length: 13), .series(length: 30), .image(height: 8, width: 11),
      .image(height: 9, width: 12), .volume(depth: 8, height: 8, width: 8), .volume(depth: 9, height: 10, width: 8),
      .volume(depth: 8, height: 9, width: 11), .volume(depth: 10, height: 12, width: 9),
    ] as [FieldShape])
  func everyPixelIsTheTransformOfItsCoefficients(shape: FieldShape) throws {
    let grid = Grid(periodic: shape)
    let (nz, ny, nx) = grid.modeExtents
    let half = nx == 1 ? ny / 2 + 1 : nx / 2 + 1
    let values =
      nx == 1
      ? (0..<half).map { Self.variance(grid, 0, $0, 0) }
      : (0..<nz).flatMap { kz in (0..<ny).flatMap { ky in (0..<half).map { Self.variance(grid, kz, ky, $0) } } }
    let sampler = try TextureSampler(testing: .dense(values), on: grid, seed: 11)
    let texture = try sampler.texture(sample: 3, choices: [0])
    let expected = Self.reference(
      grid, variances: { Self.variance(grid, $0, $1, $2) }, seed: 11, sample: 3)
    #expect(texture.count == shape.pixels)
    for (found, expected) in zip(texture, expected) { #expect(abs(Double(found) - expected) < 2e-5) }
  }

  /// All forms of a spectrum give the same field.
  @Test(
    arguments: [.series(length: 40), .image(height: 24, width: 20), .volume(depth: 12, height: 9, width: 10)]
      as [FieldShape])
  func formsOfASpectrumGiveTheSameField(shape: FieldShape) throws {
    let grid = Grid(periodic: shape)
    let axes = try shape.extents.map { try SquaredExponential(lengthScale: 1.5).axisSpectrum(side: $0) }
    func product(_ indices: [Int]) -> Double { zip(axes, indices).reduce(1) { $0 * $1.0[$1.1] } }
    func all(_ counts: [Int]) -> [[Int]] {
      counts.reduce([[]]) { lists, count in lists.flatMap { list in (0..<count).map { list + [$0] } } }
    }
    let even = all(shape.extents.map { $0 / 2 + 1 }).map(product)
    let counts = shape.extents.dropLast() + [shape.rowLength / 2 + 1]
    let dense = all(Array(counts)).map { list in
      product(zip(list, shape.extents).map { min($0, $1 - $0) })
    }
    let textures = try [Spectrum.separable(axes), .even(even), .dense(dense)].map {
      try TextureSampler(testing: $0, on: grid, seed: 2).texture(sample: 1, choices: [0])
    }
    for other in textures.dropFirst() {
      for (a, b) in zip(textures[0], other) { #expect(abs(a - b) < 3e-6) }
    }
  }

  /// An open texture is the window of its embedding.
  @Test(
    arguments: [
      (.image(height: 9, width: 11), [20, 24]), (.volume(depth: 8, height: 9, width: 10), [14, 16, 20]),
    ] as [(FieldShape, [Int])])
  func openTextureIsAWindow(shape: FieldShape, extents: [Int]) throws {
    let torus = try #require(FieldShape(extents: extents))
    let axes = try extents.map { try SquaredExponential(lengthScale: 1.2).axisSpectrum(side: $0) }
    let whole = try TextureSampler(testing: .separable(axes), on: Grid(periodic: torus), seed: 5)
      .texture(sample: 0, choices: [0])
    let window = try TextureSampler(testing: .separable(axes), on: Grid(open: shape, embedding: extents), seed: 5)
      .texture(sample: 0, choices: [0])
    let height = shape.extents[shape.dimensions - 2]
    for row in 0..<shape.rowCount {
      let (z, y) = row.quotientAndRemainder(dividingBy: height)
      let start = (z * extents[extents.count - 2] + y) * torus.rowLength
      #expect(
        Array(window[row * shape.rowLength..<(row + 1) * shape.rowLength])
          == Array(whole[start..<start + shape.rowLength]))
    }
  }

  @Test(
    arguments: [
      .series(length: 100), .image(height: 21, width: 33), .volume(depth: 9, height: 21, width: 15),
    ] as [FieldShape], [false, true])
  func threadsAndBandsGiveTheSamePixels(shape: FieldShape, standardize: Bool) throws {
    let sampler = try TextureSampler(
      FieldModel(
        shape: shape, scales: [Scale(lengthScales: [2], weight: 1)], noise: 0.5, standardize: standardize,
        transform: .lognormal), seed: 3)
    let texture = try sampler.texture(sample: 4, choices: [0])
    for threads in [2, 3] {
      var workspace = try TextureWorkspace(for: sampler, threads: threads)
      try sampler.withSpectrum(of: sampler.fields(ofSample: 4, choices: [0]), in: &workspace) { spectrum in
        for first in stride(from: 0, to: shape.rowCount, by: 7) {
          let rows = first..<min(first + 7, shape.rowCount)
          var band = [Float](repeating: 0, count: rows.count * shape.rowLength)
          band.withUnsafeMutableBufferPointer { spectrum.makeRows(rows, into: $0) }
          #expect(band == Array(texture[first * shape.rowLength..<rows.upperBound * shape.rowLength]))
        }
      }
    }
  }

  @Test(
    arguments: [.series(length: 64), .image(height: 32, width: 48), .volume(depth: 12, height: 16, width: 10)]
      as [FieldShape])
  func standardizedFieldHasMeanZeroAndUnitVariance(shape: FieldShape) throws {
    let sampler = try TextureSampler(
      FieldModel(shape: shape, scales: [Scale(lengthScales: [2], weight: 3)], standardize: true), seed: 3)
    let texture = try sampler.texture(sample: 4, choices: [0]).map(Double.init)
    let mean = texture.reduce(0, +) / Double(texture.count)
    let square = texture.reduce(0) { $0 + $1 * $1 } / Double(texture.count)
    #expect(abs(mean) < 1e-5)
    #expect(abs(square - 9) < 1e-4)
  }

  /// Doubling the extents and the length scale gives the same texture at twice the resolution.
  @Test(
    arguments: [.series(length: 64), .image(height: 32, width: 48), .volume(depth: 24, height: 16, width: 18)]
      as [FieldShape])
  func twiceTheResolutionIsTheSameTexture(shape: FieldShape) throws {
    let fine = try #require(FieldShape(extents: shape.extents.map { 2 * $0 }))
    func texture(_ shape: FieldShape, _ lengthScale: Double) throws -> [Float] {
      try TextureSampler(FieldModel(shape: shape, scales: [Scale(lengthScales: [lengthScale], weight: 1)]), seed: 6)
        .texture(sample: 2, choices: [0])
    }
    let (coarse, detailed) = (try texture(shape, 2.5), try texture(fine, 5))
    let height = shape.dimensions == 1 ? 1 : shape.extents[shape.dimensions - 2]
    for index in coarse.indices {
      let (row, x) = index.quotientAndRemainder(dividingBy: shape.rowLength)
      let (z, y) = row.quotientAndRemainder(dividingBy: height)
      let other = (shape.dimensions == 1 ? 0 : 2 * z * 2 * height + 2 * y) * fine.rowLength + 2 * x
      #expect(abs(coarse[index] - detailed[other]) < 1e-4)
    }
  }
}

extension TextureSampler {
  /// A sampler of one field with an arbitrary spectrum.
  convenience init(testing spectrum: Spectrum, on grid: Grid, seed: UInt64) throws {
    try self.init(
      FieldModel(shape: grid.shape, scales: [Scale(lengthScales: [4], weight: 1)]), seed: seed, on: grid,
      embedding: nil,
      spectra: [[.fixed(ScaleSpectrum(spectrum, on: grid, standardize: false))]])
  }
}

/// Long transforms composed of short ones.
@Suite struct LongTransformTests {
  @Test(arguments: [1 << 16, 65536 + 64 * 3 * 8, 100_800 - 100_800 % 64], [100, 20_000, 1 << 20])
  func agreesWithOneTransform(length: Int, band: Int) throws {
    guard let long = try LongTransform(length: length) else {
      // The second length has no factors of similar size.
      #expect(length != 1 << 16)
      return
    }
    let band = min(band, length / 2 + 1)
    let plan = try FourierPlan(length: length)
    let input = try AlignedBuffer<Float>(count: 2 * length)
    let expected = try AlignedBuffer<Float>(count: 2 * length)
    func fill() {
      for k in 0..<length {
        let isZero = k >= band && k <= length - band
        input.pointer[2 * k] = isZero ? 0 : Float(sin(Double(k) * 1.7))
        input.pointer[2 * k + 1] = isZero ? 0 : Float(cos(Double(k) * 0.3))
      }
    }
    fill()
    plan.transform(input.pointer, to: expected.pointer)
    let scale = (0..<2 * length).reduce(Float(0)) { max($0, abs(expected.pointer[$1])) }
    var first: [Float] = []
    for threads in 1...3 {
      fill()
      let found = try AlignedBuffer<Float>(count: 2 * length)
      let scratch = try AlignedBuffer<Float>(count: 3 * long.scratchCount)
      nonisolated(unsafe) let base = scratch.pointer
      let stride = long.scratchCount
      long.transform(input.pointer, band: band, to: found.pointer, threads: threads) { base + $0 * stride }
      let values = Array(UnsafeBufferPointer(start: found.pointer, count: 2 * length))
      if threads == 1 {
        first = values
        var worst: Float = 0
        for index in values.indices { worst = max(worst, abs(values[index] - expected.pointer[index])) }
        #expect(worst < 2e-6 * scale)
      }
      #expect(values == first)
      extendLifetime(scratch)
      extendLifetime(found)
    }
    extendLifetime(input)
    extendLifetime(expected)
  }
}

/// White noise and the transform of pixels.
@Suite struct PixelFinishTests {
  private func texture(_ shape: FieldShape, noise: Double, _ transform: PixelTransform = .identity) throws -> [Float] {
    try TextureSampler(
      FieldModel(
        shape: shape, scales: [Scale(lengthScales: [4], weight: 1)], noise: noise, transform: transform), seed: 8
    ).texture(sample: 1, choices: [0])
  }

  /// The noise of every pixel from its counter, in odd and even rows.
  @Test(
    arguments: [.series(length: 31), .image(height: 9, width: 17), .volume(depth: 8, height: 9, width: 10)]
      as [FieldShape])
  func everyPixelHasTheNoiseOfItsCounter(shape: FieldShape) throws {
    let (plain, noisy) = (try texture(shape, noise: 0), try texture(shape, noise: 2))
    let height = shape.dimensions == 1 ? 1 : shape.extents[shape.dimensions - 2]
    for index in plain.indices {
      let (row, x) = index.quotientAndRemainder(dividingBy: shape.rowLength)
      let (z, y) = row.quotientAndRemainder(dividingBy: height)
      let normals = ReferenceNoise.normals(
        counter: SIMD4(UInt32(x / 2), UInt32(y) | UInt32(z) << 16, 6 << 24, 1), seed: 8)
      #expect(abs(Double(noisy[index] - plain[index]) - 2 * (x % 2 == 0 ? normals.0 : normals.1)) < 2e-5)
    }
  }

  @Test func transformsComeLast() throws {
    let shape = FieldShape.image(height: 16, width: 21)
    let plain = try texture(shape, noise: 0.5)
    let lognormal = try texture(shape, noise: 0.5, .lognormal)
    let threshold = try texture(shape, noise: 0.5, .threshold(0.25))
    for index in plain.indices {
      #expect(abs(Double(lognormal[index]) / exp(Double(plain[index])) - 1) < 3e-7)
      #expect(threshold[index] == (plain[index] > 0.25 ? 1 : 0))
    }
  }
}
