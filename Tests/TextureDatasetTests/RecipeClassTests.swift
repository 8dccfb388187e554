import GaussianField
import Testing

@testable import TextureDataset

@Suite struct RecipeClassTests {
  @Test func orderAndNamesMatchThePaper() throws {
    let recipe = try Recipe(lengthScales: [[9.5, 10], [80, 140]], weights: [0.75, 1.25])
    #expect(recipe.scaleCount == 2)
    #expect(recipe.classCount == 4)
    #expect((0..<4).map(recipe.className) == ["9.5-80", "10-80", "9.5-140", "10-140"])
    #expect((0..<4).map(recipe.choices(ofClass:)) == [[0, 0], [1, 0], [0, 1], [1, 1]])
    #expect((0..<4).map(recipe.lengthScales(ofClass:)) == [[9.5, 80], [10, 80], [9.5, 140], [10, 140]])
  }

  @Test func listsOfDifferentLengthsMixTheirRadices() throws {
    let recipe = try Recipe(lengthScales: [[1, 2, 3], [10, 20]], weights: [1, 1])
    #expect(recipe.classCount == 6)
    #expect((0..<6).map(recipe.className) == ["1-10", "2-10", "3-10", "1-20", "2-20", "3-20"])
    #expect(recipe.choices(ofClass: 4) == [1, 1])
  }

  @Test func scaleWithOneCandidateIsTheSameInEveryClass() throws {
    let recipe = try Recipe(lengthScales: [[4, 5], [17.25], [30, 60]], weights: [1, 1, 1])
    #expect((0..<4).map(recipe.className) == ["4-17.25-30", "5-17.25-30", "4-17.25-60", "5-17.25-60"])
  }

  @Test(arguments: [
    [[9.5, 10], [80, 140]], [[1, 2, 3], [10, 20]], [[1], [2]], [[1, 2, 3, 4, 5], [6, 7, 8], [9, 10]],
  ])
  func everyPrefixIsBalanced(lengthScales: [[Double]]) throws {
    let recipe = try Recipe(lengthScales: lengthScales, weights: Array(repeating: 1, count: lengthScales.count))
    var counts = Array(repeating: 0, count: recipe.classCount)
    for sample in 0..<100 {
      counts[recipe.classIndex(ofSample: sample)] += 1
      let most = try #require(counts.max())
      let least = try #require(counts.min())
      #expect(most - least <= 1)
    }
    #expect(counts.reduce(0, +) == 100)
  }

  @Test func classesAreAllCombinations() throws {
    let recipe = try Recipe(lengthScales: [[1, 2, 3, 4, 5], [6, 7, 8], [9, 10]], weights: [1, 1, 1])
    let combinations = Set((0..<recipe.classCount).map(recipe.lengthScales(ofClass:)))
    #expect(combinations.count == 30)
  }
}

/// Candidates that differ in more than their length scale.
@Suite struct LabellingTests {
  /// A family that is not in the table.
  private struct Unlisted: Covariance {
    static let family = CovarianceFamily(
      name: "unlisted", formula: "1 at 0", lengthScale: "none",
      parameters: [.init(name: "nu", meaning: "none", range: 0...9)], reference: "this file", of: Unlisted.self)
    let parameters: CovarianceParameters
    init(_ parameters: CovarianceParameters) { self.parameters = parameters }
    init(_ lengthScale: Double, nu: Double) {
      parameters = CovarianceParameters(["length_scale": lengthScale, "nu": nu])
    }
    func value(atDistance distance: Double, dimensions: Int) -> Double { distance == 0 ? 1 : 0 }
    func ownSpectrum(on grid: Grid, _ anisotropy: Anisotropy) throws(FieldError) -> Spectrum? {
      .separable(grid.extents.map { [Double](repeating: 1 / Double($0), count: $0 / 2 + 1) })
    }
  }

  private func scale(_ candidates: [any Covariance]) throws -> Scale {
    Scale(
      weight: 1,
      candidates: try candidates.map { try CovarianceModel(family: type(of: $0).family, $0.parameters.values) })
  }

  @Test func classIsNamedAfterItsVaryingParameters() throws {
    let plain = try Scale(lengthScales: [9.5, 80], weight: 1)
    let smoothness = try scale([Unlisted(4, nu: 0.5), Unlisted(4, nu: 1.5)])
    let both = try scale([Unlisted(4, nu: 1), Unlisted(5, nu: 2)])
    let families = try scale([Unlisted(4, nu: 0.5), try SquaredExponential(lengthScale: 4)])
    let single = try scale([Unlisted(4, nu: 0.5)])
    #expect(Labelling([plain, smoothness]).className(1) == "80-nu=0.5")
    #expect(Labelling([plain, smoothness]).className(2) == "9.5-nu=1.5")
    #expect(Labelling([both, single]).className(1) == "l=5,nu=2-4")
    #expect(Labelling([families]).className(0) == "unlisted,nu=0.5")
    #expect(Labelling([families]).className(1) == "squared_exponential")
  }

  /// A covariance that no recipe can name is never stored as a label.
  @Test func unknownCovarianceIsRefused() throws {
    let field = try FieldModel(shape: .square(side: 32), scales: [try scale([Unlisted(4, nu: 1)])])
    _ = try TextureSampler(field, seed: 1).texture(sample: 0, choices: [0])
    let error = #expect(throws: DatasetError.self) { try Recipe(field: field) }
    #expect(error?.message.hasPrefix("`covariance`: found \"unlisted\", expected squared_exponential, matern") == true)
  }

  @Test func recipeOfAFieldMatchesItsDocument() throws {
    let field = try FieldModel(
      shape: .square(side: 64), scales: [Scale(lengthScales: [4, 5], weight: 2)], standardize: true)
    let recipe = try Recipe(field: field, dtype: .float16, seed: 3, samples: 7)
    #expect(
      try recipe
        == Recipe(
          side: 64, lengthScales: [[4, 5]], weights: [2], standardize: true, dtype: .float16, seed: 3, samples: 7))
    #expect(try RecipeDocument(recipe).recipe() == recipe)
  }
}
