import GaussianField
import Testing

@testable import TextureDataset

/// Datasets in which every sample has its own parameters.
@Suite struct DatasetRangeTests {
  private let folder: DatasetFolder
  private let recipe: Recipe

  init() throws {
    folder = try DatasetFolder()
    recipe = try Recipe(
      yaml: """
        side: 16
        samples: 10
        candidates:
          - - {covariance: squared_exponential, length_scale: {uniform: [1, 3]}}
            - {covariance: matern, length_scale: 2, nu: {log_uniform: [0.5, 2]}}
          - - {covariance: power_law, beta: 3, outer_scale: 16, inner_scale: 2}
        """, file: "recipe.yaml")
  }

  /// The values of a dataset in a file with some of the samples.
  private func numbers(_ name: String, samples: Range<Int>) throws -> [Float] {
    var numbers: [Float] = []
    let dataset = try #require(ShardSchema(recipe, samples: samples).datasets.first { $0.name == name })
    try dataset.forEachPiece { rows, bytes throws(DatasetError) in numbers += bytes.bindMemory(to: Float.self) }
    return numbers
  }

  @Test func recipeReadsBack() throws {
    #expect(try Recipe(yaml: recipe.yaml, file: "a.yaml") == recipe)
    #expect(try Recipe(canonicalJSON: recipe.canonicalJSON) == recipe)
    #expect(recipe.varyingParameters.map(\.name) == ["nu"])
  }

  @Test func labelsAreTheParametersOfTheirSample() throws {
    let lengthScales = try numbers("length_scale", samples: 4..<10)
    let exponents = try numbers("nu", samples: 4..<10)
    #expect(lengthScales.count == 12 && exponents.count == 12)
    for (row, sample) in (4..<10).enumerated() {
      let covariance = recipe.covariances(ofSample: sample)[0]
      #expect(lengthScales[2 * row] == covariance.lengthScale.map { Float($0) })
      #expect(lengthScales[2 * row + 1].isNaN && exponents[2 * row + 1].isNaN)
      if sample % 2 == 0 {
        #expect(exponents[2 * row].isNaN && (1...3).contains(lengthScales[2 * row]))
      } else {
        #expect((0.5...2).contains(exponents[2 * row]) && lengthScales[2 * row] == 2)
      }
    }
    #expect(Set(lengthScales.filter { !$0.isNaN }).count == 4)
  }

  @Test func shardsThreadsAndInterruptionsChangeNoByte() throws {
    try folder.make(recipe, shards: 2, threads: 1)
    let images = try folder.images()
    #expect(Set(images).count == 10)
    let again = try DatasetFolder()
    try again.interrupt(recipe, after: 4)
    try again.make(recipe, policy: .resume, threads: 2)
    #expect(try again.images() == images)
  }

  @Test func verifyRegeneratesTheSamples() throws {
    try folder.make(recipe, shards: 2)
    let verdict = try DatasetVerifier(folder("data.h5"), threads: 2, regenerate: 10, regenerateSeed: 0).run()
    #expect(verdict.regenerated?.identical == 10 && verdict.ok)
  }
}
