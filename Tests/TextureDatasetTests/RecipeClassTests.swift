import Testing

@testable import TextureDataset

@Suite struct RecipeClassTests {
  @Test func orderAndNamesAreThoseOfThePaper() throws {
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
