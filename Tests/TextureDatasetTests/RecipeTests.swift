import GaussianField
import Testing

@testable import TextureDataset

/// A value out of its range, and the expected text in the message.
struct Refusal: Sendable, CustomTestStringConvertible {
  var side = 1024
  var lengthScales: [[Double]] = [[9.5, 10], [80, 140]]
  var weights: [Double] = [0.75, 1.25]
  var standardize = false
  var dtype = Recipe.DType.float32
  var seed: UInt64 = 0
  var samples = 100
  let says: [String]

  var testDescription: String { says.joined(separator: " … ") }

  func recipe() throws -> Recipe {
    try Recipe(
      side: side, lengthScales: lengthScales, weights: weights, standardize: standardize, dtype: dtype, seed: seed,
      samples: samples)
  }
}

@Suite struct RecipeTests {
  @Test(arguments: [
    Refusal(side: 7, says: ["`side`: found 7", "8 to 32768 (pixels)"]),
    Refusal(side: 32769, says: ["`side`: found 32769"]),
    Refusal(side: -1024, says: ["`side`: found -1024"]),
    Refusal(side: .min, says: ["`side`: found -"]),
    Refusal(lengthScales: [], weights: [], says: ["`length_scales`: found no scale", "1 to 8 lists"]),
    Refusal(
      lengthScales: Array(repeating: [10], count: 9), weights: Array(repeating: 1, count: 9),
      says: ["found 9 scales", "1 to 8 lists"]),
    Refusal(lengthScales: [[9.5], []], says: ["found no candidate for scale 1", "remove the scale"]),
    Refusal(lengthScales: [[9.5], [0.49]], says: ["found 0.49 in scale 1", "at least 0.5 pixels"]),
    Refusal(lengthScales: [[0], [80]], says: ["found 0 in scale 0", "at least 0.5 pixels"]),
    Refusal(lengthScales: [[-9.5], [80]], says: ["found -9.5 in scale 0"]),
    Refusal(lengthScales: [[.nan], [80]], says: ["found nan in scale 0", "a number from 0.5 to 1000000"]),
    Refusal(lengthScales: [[9.5], [.infinity]], says: ["found inf in scale 1", "a number from 0.5 to 1000000"]),
    Refusal(lengthScales: [[9.5], [1_000_001]], says: ["found 1000001 in scale 1"]),
    Refusal(lengthScales: [[9.5, 10, 9.5], [80]], says: ["found 9.5 twice in scale 0", "remove one"]),
    Refusal(
      lengthScales: [[9.5, 9.500000001], [80]],
      says: ["found 9.5 and 9.500000001, which are equal as float32", "scale 0"]),
    Refusal(
      lengthScales: [(1...33).map(Double.init), (1...32).map(Double.init)],
      says: ["found 33 x 32 candidates", "at most 1024"]),
    Refusal(
      lengthScales: Array(repeating: (1...512).map(Double.init), count: 8), weights: Array(repeating: 1, count: 8),
      says: ["found 512 x 512 x", "at most 1024"]),
    Refusal(weights: [1], says: ["`weights`: found 1 for 2 scales", "give 2"]),
    Refusal(lengthScales: [[10]], weights: [1, 2], says: ["found 2 for 1 scale,", "give 1"]),
    Refusal(weights: [1, 0], says: ["`weights`: found 0", "to omit a scale, remove its length scales"]),
    Refusal(weights: [-1, 1], says: ["`weights`: found -1"]),
    Refusal(weights: [.nan, 1], says: ["`weights`: found nan"]),
    Refusal(weights: [1, .infinity], says: ["`weights`: found inf"]),
    Refusal(weights: [1e-300, 1], says: ["`weights`: found 1e-300"]),
    Refusal(seed: 9_007_199_254_740_992, says: ["`seed`: found 9007199254740992", "2^53 - 1"]),
    Refusal(seed: .max, says: ["`seed`: found 18446744073709551615"]),
    Refusal(samples: 0, says: ["`samples`: found 0", "1 to 4294967295"]),
    Refusal(samples: -5, says: ["`samples`: found -5"]),
    Refusal(samples: 4_294_967_296, says: ["`samples`: found 4294967296"]),
    Refusal(weights: [9000, 1], standardize: true, dtype: .float16, says: ["`dtype`: found float16", "9000"]),
    Refusal(weights: [9000, 1], dtype: .float16, says: ["`dtype`: found float16", "9000", "use float32"]),
  ])
  func valueOutOfRangeIsRefused(_ refusal: Refusal) throws {
    let error = try #require(throws: DatasetError.self) { try refusal.recipe() }
    #expect(error.code == .invalidRecipe)
    for words in refusal.says {
      #expect(error.message.contains(words), "\(error.message)")
    }
  }

  @Test(arguments: [
    Refusal(side: 8, lengthScales: [[0.5], [2]], says: []),
    Refusal(side: 32768, says: []),
    Refusal(lengthScales: [[0.5, 1_000_000], [1]], says: []),
    Refusal(lengthScales: [[9.5, 9.5.nextUp + 1e-6], [80]], says: []),
    Refusal(lengthScales: [(1...32).map(Double.init), (1...32).map(Double.init)], says: []),
    Refusal(lengthScales: Array(repeating: [10], count: 8), weights: Array(repeating: 1, count: 8), says: []),
    Refusal(weights: [1e-6, 1e6], says: []),
    Refusal(seed: 9_007_199_254_740_991, says: []),
    Refusal(samples: 1, says: []),
    Refusal(samples: 4_294_967_295, says: []),
    Refusal(weights: [8000, 1], dtype: .float16, says: []),
    Refusal(weights: [8000, 1], standardize: true, dtype: .float16, says: []),
  ])
  func valueAtTheEndOfItsRangeIsAccepted(_ limit: Refusal) throws {
    let recipe = try limit.recipe()
    #expect(recipe.side == limit.side)
    #expect(recipe.lengthScales == limit.lengthScales)
    #expect(recipe.weights == limit.weights)
    #expect(recipe.seed == limit.seed)
    #expect(recipe.samples == limit.samples)
  }

  @Test func missingValuesAreTheDefaults() throws {
    let recipe = try Recipe(lengthScales: [[10]], weights: [1])
    #expect(recipe.side == 1024)
    #expect(recipe.field.familyNames == ["squared_exponential"])
    #expect(recipe.field.boundary == .periodic)
    #expect(recipe.standardize == false)
    #expect(recipe.dtype == .float32)
    #expect(recipe.seed == 0)
    #expect(recipe.samples == 100)
    #expect(Recipe.DType.float32.size == 4)
    #expect(Recipe.DType.float16.size == 2)
  }

  @Test func shortLengthScalesWarnOncePerScale() throws {
    let warnings = try RecipeDocument(side: 64, scales: 2).recipe().warnings
    // exp(-1 / (2 0.625²)) = 0.278.
    #expect(
      warnings == [
        "Scale 0: length scales of 0.59375 and 0.625 px are under 2 px, too short for the grid to resolve: the "
          + "correlation of neighbouring pixels is at most 0.278. Use longer length scales, or a larger --size with the "
          + "default ones."
      ])
    let one = try Recipe(side: 64, lengthScales: [[1.5, 2]], weights: [1]).warnings
    #expect(one.count == 1 && one[0].hasPrefix("Scale 0: a length scale of 1.5 px is under 2 px"))
    #expect(try Recipe(side: 64, lengthScales: [[2, 4]], weights: [1]).warnings.isEmpty)
  }

  /// The periodic covariance at 0 of l = 400 on a side of 64 is (400 sqrt(2 pi) / 64)² = 245.4.
  @Test func excessVarianceWarns() throws {
    let warnings = try Recipe(side: 64, lengthScales: [[4, 400]], weights: [1]).warnings
    #expect(warnings.count == 1)
    let warning = try #require(warnings.first)
    #expect(warning.hasPrefix("Scale 0: a length scale of 400 px is over 16 px"))
    #expect(warning.contains("exceeds 1 by 244. Use shorter length scales, or a larger --size."), "\(warning)")
  }

  /// Whoever reads a file makes its recipe, in a process with seconds of CPU time. A spectrum of this slow tail takes minutes.
  @Test(.timeLimit(.minutes(1))) func recipeOfASlowTailNeedsNoSpectrum() throws {
    let family = try #require(CovarianceFamily.named("gamma_exponential"))
    let candidates = try [2.0, 3].map { try CovarianceModel(family: family, ["length_scale": $0, "gamma": 0.35]) }
    for transform in [PixelTransform.identity, .lognormal] {
      let field = try FieldModel(
        shape: .square(side: 256), scales: [Scale(weight: 1, candidates: candidates)], transform: transform)
      #expect(try Recipe(field: field).samples == Recipe.defaultSamples)
    }
  }

  /// Along y, at ratio 1/4, the modes k_y = 1, 2 and 3 of kx = 0 are at 1/4, 1/2 and 3/4 of the table's first row; those
  /// of kx = 1 are not below it. With their negatives, 6 modes are lost.
  @Test func anisotropicTableThatStartsTooHighWarns() throws {
    func warnings(from start: Double, ratio: Double) throws -> [String] {
      let unit = 2 * Double.pi / 64
      var rows: [SpectrumTable.Row] = []
      for octave in 0..<9 { rows.append(.init(waveNumber: start * unit * Double(1 << octave), density: 1)) }
      let family = try #require(CovarianceFamily.named("tabulated"))
      let table = try SpectrumTable(rows)
      let candidates = try [0.0, 1].map {
        try CovarianceModel(family: family, ["normalize": $0, "ratio": ratio], table: table)
      }
      let field = try FieldModel(
        shape: .image(height: 64, width: 64), scales: [Scale(weight: 1, candidates: candidates)])
      return try Recipe(field: field).warnings
    }
    let found = try warnings(from: 1, ratio: 0.25)
    #expect(found.count == 1)
    let warning = try #require(found.first)
    #expect(warning.hasPrefix("Scale 0: a table starts at k = 0.09817477"), "\(warning)")
    #expect(warning.contains("and 6 of 4096 modes lie below it"), "\(warning)")
    #expect(try warnings(from: 0.25, ratio: 0.25).isEmpty)
    #expect(try warnings(from: 1, ratio: 1).isEmpty)
  }

  @Test func usualRecipeHasNoWarnings() throws {
    #expect(try RecipeDocument().recipe().warnings.isEmpty)
    #expect(try Recipe(side: 1024, lengthScales: [[10, 256]], weights: [1]).warnings.isEmpty)
  }

  @Test func longLengthScaleWarnsOfOverlap() throws {
    let warnings = try Recipe(side: 1024, lengthScales: [[10, 20], [300, 512]], weights: [1, 1]).warnings
    let warning = try #require(warnings.first)
    #expect(warnings.count == 1)
    #expect(warning.hasPrefix("Scale 1: a length scale of 512 px is over 256 px, a quarter of the side."))
    #expect(warning.contains("Neighbouring periods of the texture overlap"))
    #expect(warning.contains("never falls below 0.944"), "\(warning)")
    #expect(warning.contains("exceeds 1 by 0.616"), "\(warning)")
  }

  @Test func defaultsAreProportionalToTheSide() throws {
    let one = try Recipe.defaultScales(count: 1, side: 1024)
    #expect(one == ([[9.5, 10]], [1]))
    let two = try Recipe.defaultScales(count: 2, side: 1024)
    #expect(two == ([[9.5, 10], [80, 140]], [0.75, 1.25]))
    let three = try Recipe.defaultScales(count: 3, side: 512)
    #expect(three == ([[4.75, 5], [30, 40], [70, 100]], [0.5, 1, 2]))
    let smallest = try Recipe.defaultScales(count: 2, side: 54)
    #expect(smallest.lengthScales[0][0] == 0.5009765625)
  }

  @Test(arguments: [
    (0, 1024, "Found 0 scales, expected 1 to 3"),
    (-1, 1024, "Found -1 scales"),
    (4, 1024, "give --length-scales (`length_scales` in a recipe) once for each of the 4 scales"),
    (9, 1024, "up to 8 with --length-scales"),
    (2, 53, "fall below half a pixel at a side of 53, where 9.5 pixels become 0.49169921875: give --length-scales"),
    (2, 4, "`side`: found 4"),
  ])
  func scalesWithoutDefaultsAreRefused(count: Int, side: Int, says: String) throws {
    let error = try #require(throws: DatasetError.self) { try Recipe.defaultScales(count: count, side: side) }
    #expect(error.message.contains(says), "\(error.message)")
  }

  @Test func oneClassWarns() throws {
    let warnings = try Recipe(lengthScales: [[10], [80]], weights: [1, 1]).warnings
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("every label is 0") == true)
  }

  @Test func fewerSamplesThanClassesWarns() throws {
    let warnings = try Recipe(lengthScales: [[9, 10], [80, 140]], weights: [1, 1], samples: 3).warnings
    #expect(warnings == ["There are fewer samples (3) than classes (4): class 3 is empty."])
  }
}
