import CSpectralKernels
import Testing

@testable import GaussianField

@Suite struct ModeTransformTests {
  /// Powers by definition, in the order of a half spectrum. An image's are indexed by (ky, kx); a line has one kx.
  @Test(arguments: [[8], [17], [8, 8], [9, 15], [32, 24], [24, 33], [40, 50], [3 + 5, 9, 10], [9, 8, 11]])
  func powersMatchTheDefinition(extents: [Int]) throws {
    let shape = try #require(FieldShape(extents: extents))
    let transform = try ModeTransform(shape)
    let workspace = try ModeTransform.Workspace(for: transform)
    let naive = NaiveTransform(extents)
    // Twice: the first must leave nothing in the workspace that affects the second.
    for seed in 1...2 {
      let pixels = (0..<shape.pixels).map { Float(($0 * 7919 * seed + 13) % 101) - 50 }
      let expected = naive.powers(of: pixels)
      let scale = expected.max() ?? 0
      var seen = 0
      pixels.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        transform.transform(base, lines: transform.order.lineCount, in: workspace) { line, coefficients in
          for index in 0..<transform.order.lineLength {
            let (re, im) = (Double(coefficients[2 * index]), Double(coefficients[2 * index + 1]))
            let wave = transform.order.wave(line: line, index: index)
            let place = (wave.z * naive.ny + wave.y) * naive.columns + wave.x
            #expect(abs(re * re + im * im - expected[place]) < 1e-5 * scale)
            seen += 1
          }
        }
      }
      #expect(seen == expected.count)
    }
  }

  @Test(arguments: [[16], [17], [12, 16], [15, 9], [8, 9, 10]], [false, true])
  func variancesOfAllModesSumToTheVariance(extents: [Int], tilted: Bool) throws {
    if tilted, extents.count == 1 { return }
    let shape = try #require(FieldShape(extents: extents))
    var parameters = ["length_scale": 2.5]
    if tilted { parameters.merge(["ratio": 0.6, "angle": 30]) { $1 } }
    let family = try #require(CovarianceFamily.all.first { $0.name == "matern" })
    parameters["nu"] = 1.5
    let model = try FieldModel(
      shape: shape,
      scales: [
        Scale(weight: 0.7, candidates: [CovarianceModel(family: family, parameters)]),
        Scale(lengthScales: [3], weight: 1.5),
      ], noise: 0.4)
    let grid = Grid(periodic: shape)
    let spectra = try model.scales.map { try $0.candidates[0].spectrum(on: grid) }
    for isFolded in [false, !tilted && extents.count == 2] {
      let order = ModeOrder(shape, folded: isFolded)
      var (sum, count) = (0.0, 0.0)
      for line in 0..<order.lineCount {
        for (index, variance) in model.modeVariances(spectra, order, line: line).enumerated() {
          let multiplicity = order.multiplicity(line: line, index: index)
          sum += multiplicity * variance
          count += multiplicity
        }
      }
      #expect(count == Double(shape.pixels))
      #expect(abs(sum - model.variance(choices: [0, 0])) < 1e-9 * sum)
    }
  }

  @Test(arguments: [1, 2, 7, 8, 9, 16, 33, 64, 101])
  func kernelsHaveTheSameBitsAtEveryWidth(count: Int) {
    let a = (0..<2 * count).map { Float(($0 * 37 + 11) % 53) / 7 - 3 }
    let b = (0..<2 * count).map { Float(($0 * 29 + 5) % 61) / 9 - 3 }
    func both(
      _ size: Int, _ run: (UnsafeMutablePointer<Float>) -> Void, _ baseline: (UnsafeMutablePointer<Float>) -> Void
    ) -> [Float] {
      var (first, second) = ([Float](repeating: 9, count: size), [Float](repeating: 9, count: size))
      run(&first)
      baseline(&second)
      #expect(first == second)
      return first
    }
    let pairs = both(2 * count, { gpgen_interleave(a, b, count, $0) }, { gpgen_interleave_baseline(a, b, count, $0) })
    #expect(pairs == (0..<count).flatMap { [a[$0], b[$0]] })
    let powers = both(count, { gpgen_powers(a, count, $0) }, { gpgen_powers_baseline(a, count, $0) })
    func power(_ k: Int) -> Float { a[2 * k] * a[2 * k] + a[2 * k + 1] * a[2 * k + 1] }
    func foldedPower(_ k: Int) -> Float { k == 0 || 2 * k == count ? power(k) : power(k) + power(count - k) }
    #expect(powers == (0..<count).map(power))
    let folded = both(
      count / 2 + 1, { gpgen_folded_powers(a, count, $0) }, { gpgen_folded_powers_baseline(a, count, $0) })
    #expect(folded == (0...count / 2).map(foldedPower))
    let columns = count / 2 + 1
    let rows = both(
      4 * columns, { gpgen_separate_rows(a, count, columns, $0, $0 + 2 * columns) },
      { gpgen_separate_rows_baseline(a, count, columns, $0, $0 + 2 * columns) })
    for k in 0..<columns {
      let opposite = (count - k) % count
      let (u, v) = ((a[2 * k], a[2 * k + 1]), (a[2 * opposite], a[2 * opposite + 1]))
      let first: [Float] = [(u.0 + v.0) / 2, (u.1 - v.1) / 2]
      let second: [Float] = [(u.1 + v.1) / 2, (v.0 - u.0) / 2]
      #expect(Array(rows[2 * k..<2 * k + 2]) == first)
      #expect(Array(rows[2 * (columns + k)..<2 * (columns + k) + 2]) == second)
    }
    var (sums, baseline) = ([1.0, 2.0], [1.0, 2.0])
    gpgen_add_weighted_sums(a, b, count, 2, &sums)
    gpgen_add_weighted_sums_baseline(a, b, count, 2, &baseline)
    #expect(sums == baseline)
    for row in 0..<2 {
      let expected = (0..<count).reduce(Double(row + 1)) { $0 + Double(a[$1]) * Double(b[row * count + $1]) }
      #expect(abs(sums[row] - expected) < 1e-5 * Double(count))
    }
  }
}
