import Foundation
import Testing

@testable import GaussianField

/// A sample depends only on the seed, its index, its choices and their covariances, not on what else is computed.
@Suite struct SampleIndependenceTests {
  static let shapes: [FieldShape] = [
    .series(length: 40), .series(length: 33), .image(height: 20, width: 28), .image(height: 17, width: 15),
    .volume(depth: 9, height: 12, width: 10),
  ]

  /// Two scales, with rough and smooth fields, noise and a transform; all candidates fit the smallest embedding.
  ///
  /// - Parameter more: adds candidates to both scales.
  private func sampler(_ shape: FieldShape, _ boundary: Boundary, more: Bool = false) throws -> TextureSampler {
    func model(_ family: String, _ parameters: [String: Double]) throws -> CovarianceModel {
      try ReferenceCovariance(family, parameters, dimensions: shape.dimensions).model()
    }
    let tilt: [String: Double] = shape.dimensions == 1 ? [:] : ["ratio": 0.5, "angle": 30]
    var (first, second) = (
      [try model("squared_exponential", ["length_scale": 0.9])],
      [try model("exponential", ["length_scale": 0.8].merging(tilt) { $1 })]
    )
    if more {
      first += [try model("spherical", ["length_scale": 1.5]), try model("exponential", ["length_scale": 0.6])]
      second.append(try model("squared_exponential", ["length_scale": 1]))
    }
    return try TextureSampler(
      FieldModel(
        shape: shape, boundary: boundary,
        scales: [Scale(weight: 1, candidates: first), Scale(weight: 0.5, candidates: second)], noise: 0.1,
        transform: .lognormal), seed: 17)
  }

  @Test(arguments: shapes, Boundary.allCases)
  func otherCandidatesDoNotChangeASample(shape: FieldShape, boundary: Boundary) throws {
    let (alone, among) = (try sampler(shape, boundary), try sampler(shape, boundary, more: true))
    #expect(alone.embedding?.extents == among.embedding?.extents)
    for sample in [0, 5] {
      #expect(
        try alone.texture(sample: sample, choices: [0, 0]).map(\.bitPattern)
          == among.texture(sample: sample, choices: [0, 0]).map(\.bitPattern))
    }
  }

  /// On any number of threads, in reused memory, and in any order.
  @Test(arguments: shapes, Boundary.allCases)
  func threadsAndOtherSamplesDoNotChangeASample(shape: FieldShape, boundary: Boundary) throws {
    let sampler = try sampler(shape, boundary, more: true)
    let choices = [[0, 0], [1, 1], [2, 0]]
    let expected = try (0..<3).map { try sampler.texture(sample: $0, choices: choices[$0]) }
    for threads in 1...3 {
      var workspace = try TextureWorkspace(for: sampler, threads: threads)
      for sample in [2, 0, 1, 0] {
        var texture = [Float](repeating: .nan, count: shape.pixels)
        try sampler.withSpectrum(of: sampler.fields(ofSample: sample, choices: choices[sample]), in: &workspace) {
          spectrum in
          texture.withUnsafeMutableBufferPointer { spectrum.makeRows(0..<shape.rowCount, into: $0) }
        }
        #expect(texture == expected[sample], "sample \(sample) on \(threads) threads")
      }
    }
  }
}
