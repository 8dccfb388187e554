import Foundation
import GaussianField
import TextureDataset
import TextureStream
import Testing

@testable import Backdrop

/// The results of the best possible method.
@Suite struct CeilingTests {
  private let training = TrainingConfiguration.small(outputs: 4)

  private func ceiling(
    _ recipe: Recipe, _ training: TrainingConfiguration, _ request: Ceiling.Request = .always
  ) async throws -> Ceiling? {
    let stream = try TrainingData.evaluation(of: SampleSource(recipe), split: nil, training)
    return try await Ceiling.of(stream, training, request)
  }

  private func recipe(_ lines: String = "") throws -> Recipe {
    try Recipe(
      yaml: "side: 16\nsamples: 60\nlength_scales: [[1, 1.3], [4, 6]]\nweights: [1, 0.5]\nnoise: 1\n" + lines,
      file: "recipe.yaml")
  }

  /// The posteriors of each texture, directly from the likelihood.
  private func posteriors(_ recipe: Recipe) async throws -> [[Double]] {
    let likelihood = try TextureLikelihood(recipe.field, classes: recipe.choicesOfClasses)
    var rows: [[Double]] = []
    for try await batch in try TextureStream(SampleSource(recipe), options: .init(batchSize: 1, sequential: true)) {
      let workspace = try TextureLikelihood.Workspace(for: likelihood)
      let logLikelihoods = try batch.withImages { images throws(FieldError) in
        try likelihood.logLikelihoods(of: images, count: 1, in: workspace)
      }
      rows.append(likelihood.logPosteriors(logLikelihoods[0]).map { exp($0) })
    }
    return rows
  }

  @Test func accuraciesAreThoseOfThePosteriors() async throws {
    let recipe = try recipe()
    let ceiling = try #require(try await ceiling(recipe, training))
    let rows = try await posteriors(recipe)
    #expect(rows.count == 60 && ceiling.method == "modes")
    let largest = rows.map { $0.max() ?? 0 }
    let expected = try #require(ceiling.expectedAccuracy)
    #expect(agree(expected, largest.reduce(0, +) / 60, relative: 1e-12))
    #expect(expected > 0.3 && expected < 0.99)
    let correct = zip(rows, 0..<60).count { row, sample in row.firstIndex(of: row.max() ?? 0) == sample % 4 }
    #expect(ceiling.accuracy == Double(correct) / 60)
    // Class = choice of scale 0 + 2 choice of scale 1.
    let scales = [rows.map { max($0[0] + $0[2], $0[1] + $0[3]) }, rows.map { max($0[0] + $0[1], $0[2] + $0[3]) }]
    for (found, sums) in zip(try #require(ceiling.scaleAccuracy), scales) {
      #expect(agree(found, sums.reduce(0, +) / 60, relative: 1e-12))
      #expect(found >= expected)
    }
  }

  @Test func positiveClassesHaveACeiling() async throws {
    var binary = TrainingConfiguration.small(outputs: 1)
    (binary.loss, binary.positiveClasses) = (.softF1, [1, 3])
    let recipe = try recipe()
    let ceiling = try #require(try await ceiling(recipe, binary))
    let sums = try await posteriors(recipe).map { max($0[1] + $0[3], $0[0] + $0[2]) }
    #expect(agree(try #require(ceiling.expectedAccuracy), sums.reduce(0, +) / 60, relative: 1e-12))
    #expect(ceiling.scaleAccuracy == nil)
  }

  @Test func texturesWithoutALikelihoodHaveNone() async throws {
    let standardized = try recipe("standardize: true\n")
    #expect(try await ceiling(standardized, training, .ifAffordable) == nil)
    let error = await #expect(throws: BackdropError.self) { try await ceiling(standardized, training) }
    #expect(error?.code == .unsuitableDataset)
    var crops = training
    crops.augmentation = Augmentation(crop: 8)
    #expect(try await ceiling(recipe(), crops, .ifAffordable) == nil)
    await #expect(throws: BackdropError.self) { try await ceiling(recipe(), crops) }
    #expect(try await ceiling(recipe(), training, .never) == nil)
  }

  @Test func costGrowsWithRangesAndWindows() throws {
    let plain = Ceiling.cost(of: try recipe(), samples: 100)
    #expect(plain == 4 * 256 * 101 && plain < Ceiling.affordableCost)
    let range = try Recipe(
      yaml: "side: 16\ncandidates: [[{covariance: squared_exponential, length_scale: {uniform: [1, 3]}}]]",
      file: "r.yaml")
    #expect(Ceiling.cost(of: range, samples: 100) == 48 * 256 * 101)
    let open = try Recipe(yaml: "side: 64\nboundary: open\nlength_scales: [[4, 5], [20, 35]]", file: "r.yaml")
    #expect(Ceiling.cost(of: open, samples: 100) > Ceiling.affordableCost)
  }
}
