import GaussianField
import Testing

@testable import TextureDataset

@Suite struct RecipeDocumentTests {
  @Test func emptyDocumentIsTheDefaultRecipe() throws {
    let recipe = try RecipeDocument().recipe()
    #expect(try recipe == Recipe(lengthScales: [[9.5, 10], [80, 140]], weights: [0.75, 1.25]))
  }

  @Test func numberOfScalesAloneTakesTheDefaultsOfTheSide() throws {
    let recipe = try RecipeDocument(side: 512, scales: 3).recipe()
    #expect(recipe.lengthScales == [[4.75, 5], [30, 40], [70, 100]])
    #expect(recipe.weights == [0.5, 1, 2])
  }

  @Test func defaultWeightsOfGivenLengthScalesAreOne() throws {
    #expect(try RecipeDocument(lengthScales: [[4], [5], [6]]).recipe().weights == [1, 1, 1])
  }

  @Test func weightsReplaceThoseOfTheDefaults() throws {
    let recipe = try RecipeDocument(weights: [1, 2]).recipe()
    #expect(recipe.lengthScales == [[9.5, 10], [80, 140]])
    #expect(recipe.weights == [1, 2])
  }

  @Test func recipeSurvivesTheRoundTripThroughADocument() throws {
    let recipe = try Recipe.random(seed: 3)
    #expect(try RecipeDocument(recipe).recipe() == recipe)
  }

  @Test func presetIsThePapersDataset() throws {
    let recipe = try Preset("backdrop-2018").document(shape: .square(side: 1024)).recipe()
    #expect(
      try recipe == Recipe(lengthScales: [[9.5, 10], [80, 140]], weights: [0.75, 1.25], standardize: true))
  }

  @Test func everyOverrideWins() throws {
    let below = RecipeDocument(
      side: 64, lengthScales: [[4, 5]], weights: [1], covariance: [CovarianceTemplate(SquaredExponential.family)],
      boundary: .periodic,
      standardize: true, dtype: .float16, seed: 1, samples: 10)
    let above = RecipeDocument(
      side: 128, lengthScales: [[6], [7]], weights: [2, 3], covariance: [CovarianceTemplate(SquaredExponential.family)],
      boundary: .periodic,
      standardize: false, dtype: .float32, seed: 2, samples: 20)
    #expect(try below.merging(above) == above)
    #expect(try below.merging(RecipeDocument()) == below)
    #expect(try RecipeDocument().merging(below) == below)
  }

  @Test func lengthScalesOverAPresetBringTheirOwnNumber() throws {
    let draft = try Preset.backdrop2018.document(shape: .square(side: 1024)).merging(
      RecipeDocument(lengthScales: [[4], [5], [6]]))
    let recipe = try draft.recipe()
    #expect(recipe.scaleCount == 3)
    #expect(recipe.standardize)
  }

  @Test func agreeingNumberOfScalesIsNoContradiction() throws {
    let recipe = try RecipeDocument(lengthScales: [[4], [5]]).merging(RecipeDocument(scales: 2)).recipe()
    #expect(recipe.lengthScales == [[4], [5]])
  }

  @Test func scalesContradictingLengthScalesAreRefused() throws {
    let error = try #require(throws: DatasetError.self) {
      try RecipeDocument(lengthScales: [[4], [5]], scales: 3).recipe()
    }
    #expect(error.code == .invalidRecipe)
    #expect(error.message.hasPrefix("--scales 3 contradicts --length-scales, given 2 times:"))
  }

  @Test func scalesContradictingTheRecipeBelowAreRefused() throws {
    let error = try #require(throws: DatasetError.self) {
      try RecipeDocument(lengthScales: [[4], [5]]).merging(RecipeDocument(scales: 3))
    }
    #expect(error.message.hasPrefix("--scales 3 contradicts the recipe, whose `length_scales` has 2 lists:"))
  }

  @Test(arguments: [RecipeDocument(lengthScales: [[4], [5], [6]]), RecipeDocument(scales: 3)])
  func weightsThatNoLongerMatchAreRefused(overrides: RecipeDocument) throws {
    let error = try #require(throws: DatasetError.self) {
      try RecipeDocument(weights: [1, 2]).merging(overrides)
    }
    #expect(error.code == .invalidRecipe)
    #expect(error.message.hasPrefix("The recipe gives 2 weights, but it is overridden with 3 scales: give --weights"))
  }

  @Test func weightsThatNeverMatchedAreRefused() throws {
    let error = try #require(throws: DatasetError.self) { try RecipeDocument(weights: [1, 2, 3]).recipe() }
    #expect(error.message.hasPrefix("`weights`: found 3 for 2 scales"))
  }

  @Test func scalesWithoutDefaultsAreRefused() {
    for scales in [-1, 0, 4, 9] {
      #expect(throws: DatasetError.self) { try RecipeDocument(scales: scales).recipe() }
    }
  }
}
