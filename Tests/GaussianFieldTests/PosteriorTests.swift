import Foundation
import Testing

@testable import GaussianField

/// Class posteriors of 16 x 16 pixels, and of equally many in other shapes, against a Gaussian vector of all pixels in
/// double precision. Periodic covariances are summed over images, not taken from a spectrum.
@Suite struct PosteriorTests {
  enum Case: String, CaseIterable {
    case oneScale, twoScales, noise, tilted, lognormal, odd, series, volume, window, whiteWindow
  }

  private static func scale(_ candidates: [[String: Double]], _ family: String, weight: Double = 1) throws -> Scale {
    let family = try #require(CovarianceFamily.all.first { $0.name == family })
    return Scale(
      weight: weight, candidates: try candidates.map { try CovarianceModel(family: family, $0) })
  }

  private static func model(_ which: Case) throws -> FieldModel {
    let square = FieldShape.square(side: 16)
    let rough = try scale([["length_scale": 1.5, "nu": 0.5], ["length_scale": 2, "nu": 0.5]], "matern")
    let two = [
      try Scale(lengthScales: [0.9, 1.1], weight: 0.75),
      try scale([["length_scale": 2, "nu": 1.5], ["length_scale": 3, "nu": 1.5]], "matern"),
    ]
    return switch which {
    case .oneScale: try FieldModel(shape: square, scales: [try Scale(lengthScales: [0.8, 0.9, 1], weight: 2)])
    case .twoScales: try FieldModel(shape: square, scales: two)
    case .noise: try FieldModel(shape: square, scales: two, noise: 1)
    case .tilted:
      try FieldModel(
        shape: square,
        scales: [
          try scale(
            [30, 60].map { ["length_scale": 2, "nu": 1.5, "ratio": 0.5, "angle": $0] }, "matern")
        ], noise: 0.1)
    case .lognormal: try FieldModel(shape: square, scales: two, noise: 0.5, transform: .lognormal)
    case .odd: try FieldModel(shape: .image(height: 15, width: 17), scales: [rough])
    case .series: try FieldModel(shape: .series(length: 256), scales: [rough], noise: 0.2)
    case .volume:
      try FieldModel(
        shape: .volume(depth: 8, height: 8, width: 8),
        scales: [try scale([["length_scale": 0.8, "nu": 0.5], ["length_scale": 1, "nu": 0.5]], "matern")], noise: 0.1)
    case .window: try FieldModel(shape: square, boundary: .open, scales: [rough])
    case .whiteWindow:
      try FieldModel(
        shape: .image(height: 12, width: 15), boundary: .open, scales: [try Scale(lengthScales: [2, 3], weight: 1)],
        noise: 0.7)
    }
  }

  private static func places(_ extents: [Int]) -> [[Int]] {
    extents.reduce([[]]) { places, extent in places.flatMap { place in (0..<extent).map { place + [$0] } } }
  }

  /// The covariance of one candidate's field by lag, modulo the extents of a periodic model, or modulo 2 n - 1 for an
  /// open one. Periodic covariances are summed over images up to three away, beyond which they are negligible.
  private struct LagTable {
    let extents: [Int]
    var values: [Double] = []

    init(_ model: FieldModel, _ candidate: CovarianceModel) {
      let isOpen = model.boundary == .open
      extents = model.shape.extents.map { isOpen ? 2 * $0 - 1 : $0 }
      let (covariance, dimensions) = (candidate.covariance, model.shape.dimensions)
      let anisotropy = candidate.anisotropy(dimensions: dimensions)
      let shifts =
        isOpen ? [extents.map { _ in 0 }] : PosteriorTests.places(extents.map { _ in 7 }).map { $0.map { $0 - 3 } }
      for place in PosteriorTests.places(extents) {
        let lag = zip(place, extents).map { isOpen && $0 > $1 / 2 ? $0 - $1 : $0 }
        var sum = 0.0
        for shift in shifts {
          let image = zip(zip(lag, extents), shift).map { Double($0.0 + $0.1 * $1) }
          let distance = anisotropy.squaredDistance(image).squareRoot()
          sum += covariance.value(atDistance: distance, dimensions: dimensions)
        }
        values.append(sum)
      }
    }

    func value(_ a: [Int], _ b: [Int]) -> Double {
      var index = 0
      for axis in 0..<extents.count {
        let lag = a[axis] - b[axis]
        index = index * extents[axis] + (lag < 0 ? lag + extents[axis] : lag)
      }
      return values[index]
    }
  }

  @Test(arguments: Case.allCases)
  func matchesAGaussianVector(which: Case) throws {
    let model = try Self.model(which)
    let pixels = model.shape.pixels
    let classes = Self.places(model.scales.map(\.candidates.count))
    let likelihood = try TextureLikelihood(model, classes: classes)
    let workspace = try TextureLikelihood.Workspace(for: likelihood)
    let sampler = try TextureSampler(model, seed: 12)
    let places = Self.places(model.shape.extents)
    let tables = model.scales.map { $0.candidates.map { LagTable(model, $0) } }
    let factors = try classes.map { choices in
      try #require(
        CholeskyFactor(count: pixels) { a, b in
          var sum = a == b ? model.noise * model.noise : 0
          for (scale, choice) in choices.enumerated() {
            let weight = model.scales[scale].weight
            sum += weight * weight * tables[scale][choice].value(places[a], places[b])
          }
          return sum
        })
    }
    for (sample, choices) in classes.enumerated() {
      let texture = try sampler.texture(sample: sample, choices: choices)
      let found = try texture.withUnsafeBufferPointer {
        likelihood.logPosteriors(try likelihood.logLikelihoods(of: $0, count: 1, in: workspace)[0])
      }
      let vector = texture.map { model.transform == .lognormal ? log(Double($0)) : Double($0) }
      let exact = factors.map { factor in
        -0.5 * (factor.whitened(vector).reduce(0) { $0 + $1 * $1 } + factor.logDeterminant)
      }
      let maximum = exact.max() ?? 0
      let all = maximum + log(exact.reduce(0) { $0 + exp($1 - maximum) })
      for (value, expected) in zip(found, exact.map({ $0 - all })) {
        #expect(
          abs(value - expected) < 2e-4 + 1e-4 * abs(expected), "\(which), sample \(sample): \(value), \(expected)")
        #expect(abs(exp(value) - exp(expected)) < 2e-4)
      }
    }
  }
}
