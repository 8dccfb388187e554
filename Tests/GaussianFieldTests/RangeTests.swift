import Foundation
import Testing

@testable import GaussianField

/// Parameters drawn for each sample.
@Suite struct RangeTests {
  private static func candidate(
    _ parameters: [String: ParameterValue], of family: String = "matern"
  ) throws -> CovarianceModel {
    try CovarianceModel(family: #require(CovarianceFamily.named(family)), parameters)
  }

  /// The table of schemas/noise.md, computed with NumPy. Of two ranges, length_scale is the first.
  @Test(
    arguments: [
      (0, 0, 0, 0, "length_scale", 5.0...20.0, 12.514102, 10.0130415),
      (0, 1, 0, 0, "length_scale", 5...20, 19.284925, 18.72099),
      (2018, 3, 1, 2, "nu", 0.5...2.5, 0.8098441, 0.6415875),
    ] as [(UInt64, Int, Int, Int, String, ClosedRange<Double>, Float, Float)])
  func numbersMatchTheDocumentation(
    seed: UInt64, sample: Int, scale: Int, choice: Int, name: String, range: ClosedRange<Double>, uniform: Float,
    logUniform: Float
  ) throws {
    for (value, expected) in [(ParameterValue.uniform(range), uniform), (.logUniform(range), logUniform)] {
      let both = ["length_scale": ParameterValue.uniform(1...2), "nu": .uniform(1...2)].merging([name: value]) { $1 }
      let drawn = try Self.candidate(both).drawn(seed: seed, sample: sample, scale: scale, choice: choice)
      #expect(drawn.parameters[name]?.fixed == Double(expected))
      #expect(drawn.ranges.isEmpty)
    }
  }

  /// The Kolmogorov-Smirnov distance of 2,000 samples from the uniform distribution exceeds 1.95 / sqrt(2000) for one
  /// seed in 1,000. The seed is fixed.
  @Test(arguments: [false, true])
  func numbersAreUniformOverTheirRange(isLogarithmic: Bool) throws {
    let value = isLogarithmic ? ParameterValue.logUniform(3...12) : .uniform(3...12)
    func fraction(_ number: Double) -> Double { isLogarithmic ? log(number / 3) / log(4) : (number - 3) / 9 }
    let candidate = try Self.candidate(["length_scale": value, "nu": .fixed(1.5)])
    let fractions = (0..<2000).map { sample in
      fraction(candidate.drawn(seed: 4, sample: sample, scale: 0, choice: 0).lengthScale ?? .nan)
    }.sorted()
    #expect(fractions.allSatisfy { (0...1).contains($0) })
    let worst = fractions.enumerated().map { abs($1 - (Double($0) + 0.5) / 2000) }.max() ?? 1
    #expect(worst < 1.95 / 2000.0.squareRoot())
  }

  @Test func parametersScalesAndCandidatesAreIndependent() throws {
    let candidate = try Self.candidate(["length_scale": .uniform(0.5...1.5), "nu": .uniform(0.5...1.5)])
    var numbers: Set<Double> = []
    for sample in 0..<5 {
      for scale in 0..<2 {
        for choice in 0..<2 {
          let drawn = candidate.drawn(seed: 4, sample: sample, scale: scale, choice: choice)
          numbers.formUnion(drawn.parameters.values.compactMap(\.fixed))
        }
      }
    }
    #expect(numbers.count == 5 * 2 * 2 * 2)
  }

  /// A texture is bit-identical to that of a model with the sample's numbers.
  @Test(
    arguments: [.series(length: 32), .image(height: 12, width: 9), .volume(depth: 8, height: 8, width: 9)]
      as [FieldShape], [false, true])
  func texturesHaveTheNumbersOfTheirSample(shape: FieldShape, standardize: Bool) throws {
    let scales = [
      Scale(
        weight: 2,
        candidates: [
          try Self.candidate(["length_scale": .uniform(0.5...1), "nu": .logUniform(0.5...2)]),
          try Self.candidate(["length_scale": .logUniform(1...3)], of: "squared_exponential"),
        ]),
      Scale(weight: 1, candidates: [try Self.candidate(["length_scale": .fixed(0.5)], of: "exponential")]),
    ]
    let model = try FieldModel(shape: shape, scales: scales, noise: 0.25, standardize: standardize)
    let sampler = try TextureSampler(model, seed: 9)
    #expect(model.hasRanges)
    for (sample, choice) in [(0, 0), (1, 1), (2, 0)] {
      let drawn = model.covariances(ofSample: sample, choices: [choice, 0], seed: 9)
      let fixed = try FieldModel(
        shape: shape, scales: zip(scales, drawn).map { Scale(weight: $0.weight, candidates: [$1]) }, noise: 0.25,
        standardize: standardize)
      let texture = try sampler.texture(sample: sample, choices: [choice, 0])
      let expected = try TextureSampler(fixed, seed: 9).texture(sample: sample, choices: [0, 0])
      for (a, b) in zip(texture, expected) { #expect((a - b).magnitude < 1e-5) }
      #expect(texture.count == shape.pixels)
    }
  }

  @Test func threadsGiveTheSameBits() throws {
    let shape = FieldShape.image(height: 21, width: 33)
    let candidate = try Self.candidate(
      ["length_scale": .uniform(1...4), "gamma": .uniform(1...2)], of: "gamma_exponential")
    let sampler = try TextureSampler(
      FieldModel(shape: shape, scales: [Scale(weight: 1, candidates: [candidate])]), seed: 3)
    var workspace = try TextureWorkspace(for: sampler, threads: 3)
    for sample in 0..<3 {
      var texture = [Float](repeating: 0, count: shape.pixels)
      try sampler.withSpectrum(of: sampler.fields(ofSample: sample, choices: [0]), in: &workspace) { spectrum in
        texture.withUnsafeMutableBufferPointer { spectrum.makeRows(0..<shape.rowCount, into: $0) }
      }
      #expect(try texture == sampler.texture(sample: sample, choices: [0]))
    }
  }

  /// All samples share one embedding, which is sufficient at the ends of the ranges.
  @Test func openFieldsShareAnEmbedding() throws {
    let shape = FieldShape.image(height: 12, width: 12)
    func model(_ value: ParameterValue) throws -> FieldModel {
      let candidate = try Self.candidate(["length_scale": value, "nu": .fixed(1.5)])
      return try FieldModel(shape: shape, boundary: .open, scales: [Scale(weight: 1, candidates: [candidate])])
    }
    let sampler = try TextureSampler(model(.uniform(1...3)), seed: 5)
    let longest = try TextureSampler(model(.fixed(3)), seed: 5)
    #expect(sampler.embedding == longest.embedding)
    let drawn = try sampler.fields(ofSample: 7, choices: [0])
    let covariance = sampler.model.covariances(ofSample: 7, choices: [0], seed: 5)[0]
    let grid = Grid(open: shape, embedding: try #require(sampler.embedding).extents)
    let expected = ScaleSpectrum(try covariance.spectrum(on: grid), on: grid, standardize: false)
    #expect(drawn.spectra[0].bandLimit == expected.bandLimit)
    #expect(try sampler.texture(sample: 7, choices: [0]) != longest.texture(sample: 7, choices: [0]))
  }

  @Test(arguments: [
    (ParameterValue.uniform(1.00000001...1.00000002), "cannot tell such numbers apart"),
    (.logUniform(1e-60...1), "cannot tell such numbers apart"),
    (.uniform(1...60), "60 is out of range"),
  ])
  func rangesThatCannotBeDrawnAreRefused(value: ParameterValue, message: String) {
    let error = #expect(throws: FieldError.self) {
      try Self.candidate(["length_scale": .fixed(5), "nu": value])
    }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func endsThatCannotBeDrawnAreRefusedInAdvance() throws {
    let candidate = try Self.candidate(
      ["length_scale": .fixed(5), "alpha": .uniform(0.3...2)], of: "rational_quadratic")
    let error = #expect(throws: FieldError.self) {
      try TextureSampler(
        FieldModel(shape: .square(side: 32), scales: [Scale(weight: 1, candidates: [candidate])]), seed: 0)
    }
    #expect(error?.message.contains("alpha 0.3") == true, "\(error?.message ?? "")")
  }
}
