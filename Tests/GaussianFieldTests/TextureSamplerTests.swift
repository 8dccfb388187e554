import Foundation
import Synchronization
import Testing

@testable import GaussianField

@Suite struct TextureSamplerTests {
  @Test(arguments: [8, 9, 10, 12, 15, 16, 31, 32], [false, true])
  func agreesWithTheReference(side: Int, standardize: Bool) throws {
    // Without its mean, a field of large length scale is smaller than the rounding of the reference's eigenvalues.
    let maximum = standardize ? Double(side) / 3 : 40
    for lengthScales in [[0.5, min(3, maximum)], [2, min(9, maximum)], [1.3, maximum]] {
      let weights = [0.75, 1.25]
      let sampler = try TextureSampler(
        FieldModel(
          shape: .square(side: side),
          scales: zip(lengthScales, weights).map { try Scale(lengthScales: [$0], weight: $1) }, standardize: standardize
        ), seed: 5)
      let texture = try sampler.texture(sample: 11, choices: [0, 0])
      let expected = ReferenceSampler.texture(
        side: side, lengthScales: lengthScales, weights: weights, standardize: standardize, seed: 5, sample: 11)
      let deviation = (expected.reduce(0) { $0 + $1 * $1 } / Double(expected.count)).squareRoot()
      let worst = zip(texture, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
      #expect(worst < 1e-5 * deviation, "length scales \(lengthScales)")
    }
  }

  /// Large enough for whole vectors of columns, with overlapping and disjoint halves of the folded spectrum.
  @Test(arguments: [(128, 3.0), (128, 10.0), (126, 2.0), (99, 2.0)])
  func agreesWithTheReferenceOnLargerSides(side: Int, lengthScale: Double) throws {
    let sampler = try TextureSampler(
      FieldModel(shape: .square(side: side), scales: [Scale(lengthScales: [lengthScale], weight: 1)]), seed: 5)
    let texture = try sampler.texture(sample: 1, choices: [0])
    let expected = ReferenceSampler.texture(
      side: side, lengthScales: [lengthScale], weights: [1], seed: 5, sample: 1)
    let worst = zip(texture, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
    #expect(worst < 1e-5)
  }

  @Test func moreThreadsThanColumnsGiveTheSameBits() throws {
    let sampler = try TextureSampler(
      FieldModel(shape: .square(side: 32), scales: [Scale(lengthScales: [15], weight: 1)], standardize: true), seed: 5)
    var workspace = try TextureWorkspace(for: sampler, threads: 9)
    #expect(sampler.columnCount < 9)
    let whole = try sampler.texture(sample: 3, choices: [0])
    try sampler.withSpectrum(of: sampler.fields(ofSample: 3, choices: [0]), in: &workspace) { spectrum in
      spectrum.forEachThread(9) { maker in
        var texture = [Float](repeating: 0, count: 1024)
        texture.withUnsafeMutableBufferPointer { maker.makeRows(0..<32, into: $0) }
        #expect(texture == whole, "thread \(maker.thread)")
      }
    }
  }

  @Test(arguments: [24, 33])
  func rowsMayBeComputedInAnyOrderOnAnyThreads(side: Int) throws {
    let sampler = try TextureSampler(
      FieldModel(
        shape: .square(side: side),
        scales: [Scale(lengthScales: [1, 2], weight: 1), Scale(lengthScales: [6], weight: 2)]), seed: 3)
    let whole = try sampler.texture(sample: 2, choices: [1, 0])
    let starts = Array(stride(from: 0, to: side, by: 8).reversed())
    var workspace = try TextureWorkspace(for: sampler, threads: starts.count)
    try sampler.withSpectrum(of: sampler.fields(ofSample: 2, choices: [1, 0]), in: &workspace) { spectrum in
      spectrum.forEachThread(starts.count) { maker in
        let y = starts[maker.thread]
        let rows = y..<min(y + 8, side)
        var band = [Float](repeating: .nan, count: rows.count * side)
        band.withUnsafeMutableBufferPointer { maker.makeRows(rows, into: $0) }
        #expect(band == Array(whole[y * side..<rows.upperBound * side]))
      }
    }
  }

  /// If stopped before any column, standardized or not, there is no spectrum.
  @Test(arguments: [1, 3], [false, true])
  func stoppedSpectrumIsNotDelivered(threads: Int, standardize: Bool) throws {
    let sampler = try TextureSampler(
      FieldModel(shape: .square(side: 32), scales: [Scale(lengthScales: [2], weight: 1)], standardize: standardize),
      seed: 5)
    var workspace = try TextureWorkspace(for: sampler, threads: threads)
    let columns = sampler.columnCount * (standardize ? 2 : 1)
    for allowed in 0...columns {
      let left = Atomic(allowed)
      let texture = try sampler.withSpectrum(
        of: sampler.fields(ofSample: 3, choices: [0]), in: &workspace,
        shouldContinue: { left.subtract(1, ordering: .relaxed).newValue >= 0 }
      ) { spectrum in
        var texture = [Float](repeating: 0, count: 1024)
        texture.withUnsafeMutableBufferPointer { spectrum.makeRows(0..<32, into: $0) }
        return texture
      }
      #expect(try texture == (allowed < columns ? nil : sampler.texture(sample: 3, choices: [0])))
    }
  }

  /// A workspace keeps nothing of the previous texture.
  @Test func texturesDoNotLeakIntoEachOther() throws {
    let sampler = try TextureSampler(
      FieldModel(shape: .square(side: 40), scales: [Scale(lengthScales: [0.6, 12], weight: 1)]), seed: 1)
    var workspace = try TextureWorkspace(for: sampler)
    var second = [Float](repeating: 0, count: 1600)
    for (sample, choice) in [(0, 0), (1, 1)] {
      try sampler.withSpectrum(of: sampler.fields(ofSample: sample, choices: [choice]), in: &workspace) { spectrum in
        second.withUnsafeMutableBufferPointer { spectrum.makeRows(0..<40, into: $0) }
      }
    }
    #expect(try second == sampler.texture(sample: 1, choices: [1]))
  }

  @Test(arguments: [(64, 2.0), (64, 5.0), (45, 3.0)])
  func twiceTheResolutionIsTheSameTexture(side: Int, lengthScale: Double) throws {
    let coarse = try TextureSampler(
      FieldModel(shape: .square(side: side), scales: [Scale(lengthScales: [lengthScale], weight: 1)]), seed: 8
    ).texture(sample: 4, choices: [0])
    let fine = try TextureSampler(
      FieldModel(shape: .square(side: 2 * side), scales: [Scale(lengthScales: [2 * lengthScale], weight: 1)]), seed: 8
    ).texture(sample: 4, choices: [0])
    let worst = (0..<side * side).map { i in
      abs(coarse[i] - fine[2 * (i / side) * 2 * side + 2 * (i % side)])
    }.max()
    #expect(try #require(worst) < 1e-4)
  }

  @Test(arguments: [0, 1]) func standardizedScalesHaveMeanZeroAndUnitVariance(choice: Int) throws {
    // Up to the maximum length scale, whose field is its mean except for 1e-34 of the variance.
    let texture = try TextureSampler(
      FieldModel(shape: .square(side: 50), scales: [Scale(lengthScales: [7, 100], weight: 3)], standardize: true),
      seed: 8
    ).texture(sample: 0, choices: [choice]).map(Double.init)
    let mean = texture.reduce(0, +) / 2500
    let variance = texture.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2500
    #expect(abs(mean) < 1e-6)
    #expect(abs(variance - 9) < 1e-5)
  }

  /// A spectrum given mode by mode yields the same texture as the same spectrum given as a product.
  @Test(arguments: [16, 31], [false, true])
  func denseSpectrumIsDrawnAsASeparableOne(side: Int, standardize: Bool) throws {
    func texture(_ candidates: [CovarianceModel]) throws -> [Float] {
      let scales = candidates.map { Scale(weight: 0.7, candidates: [$0]) }
      let model = try FieldModel(shape: .square(side: side), scales: scales, standardize: standardize)
      return try TextureSampler(model, seed: 3).texture(sample: 5, choices: [0, 0])
    }
    let lengthScales = [0.6, 4.0]
    let dense = try texture(
      lengthScales.map { try CovarianceModel(family: DenseForTests.family, ["length_scale": $0]) })
    let separable = try texture(
      lengthScales.map { try CovarianceModel(family: SquaredExponential.family, ["length_scale": $0]) })
    #expect(zip(dense, separable).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(dense.contains { abs($0) > 0.5 })
  }

  @Test func undrawableModelsAreRefused() throws {
    let scale = try Scale(lengthScales: [2], weight: 1)
    let noisy = #expect(throws: FieldError.self) {
      try FieldModel(shape: .square(side: 64), scales: [scale], noise: -0.1)
    }
    #expect(noisy?.code == .unsupportedNoise)
    #expect(throws: FieldError.self) { try FieldModel(shape: .square(side: 7), scales: [scale]) }
    #expect(throws: FieldError.self) { try FieldModel(shape: .square(side: 32769), scales: [scale]) }
    #expect(throws: FieldError.self) { try FieldModel(shape: .square(side: 64), scales: []) }
    for weight in [Double.nan, .infinity, -.infinity] {
      let error = #expect(throws: FieldError.self) {
        try FieldModel(shape: .square(side: 64), scales: [scale, Scale(lengthScales: [4], weight: weight)])
      }
      #expect(error?.code == .invalidScales)
      #expect(error?.message == "weight \(weight) of scale 2: expected a finite number")
    }
    #expect(throws: FieldError.self) {
      try FieldModel(shape: .square(side: 64), scales: Array(repeating: scale, count: 9))
    }
    #expect(throws: FieldError.self) {
      try FieldModel(shape: .square(side: 64), scales: [Scale(lengthScales: [], weight: 1)])
    }
    #expect(throws: FieldError.self) {
      try FieldModel(shape: .square(side: 64), scales: [Scale(lengthScales: [1e9], weight: 1)])
    }
    #expect(throws: FieldError.self) {
      try FieldModel(shape: .square(side: 64), scales: [Scale(lengthScales: [129], weight: 1)], standardize: true)
    }
  }
}
