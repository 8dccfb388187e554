import Testing

@testable import TextureDataset

@Suite struct RecipeYAMLTests {
  @Test(arguments: 0..<200)
  func recipeReadsBackFromItsYAML(seed: Int) throws {
    let recipe = try Recipe.random(seed: UInt64(seed))
    #expect(try Recipe(yaml: recipe.yaml, file: "recipe.yaml") == recipe)
  }

  @Test func canonicalJSONIsAYAMLRecipe() throws {
    let recipe = try Recipe.random(seed: 5)
    #expect(try Recipe(yaml: recipe.canonicalJSON, file: "recipe.json") == recipe)
  }

  @Test func maximumRecipeReadsBackFromItsYAML() throws {
    let recipe = try Recipe.maximum()
    #expect(try Recipe(yaml: recipe.yaml, file: "recipe.yaml") == recipe)
  }

  @Test func everyKeyIsOptional() throws {
    #expect(try RecipeDocument(yaml: "{}", file: "recipe.yaml") == RecipeDocument())
    #expect(try Recipe(yaml: "seed: 7", file: "recipe.yaml") == RecipeDocument(seed: 7).recipe())
    #expect(try Recipe(yaml: "side: 512", file: "recipe.yaml").lengthScales == [[4.75, 5], [40, 70]])
    #expect(try Recipe(yaml: "length_scales: [[4], [5]]", file: "recipe.yaml").weights == [1, 1])
  }

  @Test func handwrittenYAMLIsAccepted() throws {
    let yaml = """
      \u{feff}---
      # It's a recipe; R&D says * is fine in a comment.
      "side": +256      # px & so on
      length_scales:
      - [4, .5e1]       # isn't it
      -
        - 30.
        - 6.0E+1
      weights: [
        1,              # "one
        2 ]
      dtype: 'float16'
      standardize: true
      seed: 9007199254740991
      ...
      """
    let expected = RecipeDocument(
      side: 256, lengthScales: [[4, 5], [30, 60]], weights: [1, 2], standardize: true, dtype: .float16,
      seed: 9_007_199_254_740_991)
    #expect(try RecipeDocument(yaml: yaml, file: "recipe.yaml") == expected)
    let windows = yaml.replacing("\n", with: "\r\n")
    #expect(try RecipeDocument(yaml: windows, file: "recipe.yaml") == expected)
  }

  /// Candidates that differ only in their length scales give the same recipe and hash as `length_scales`.
  @Test func candidatesOfOneFamilyEqualLengthScales() throws {
    let yaml = """
      side: 64
      candidates:
      - - {covariance: squared_exponential, length_scale: 4}
        - {length_scale: 5, covariance: squared_exponential}
      - - covariance: squared_exponential
          length_scale: 9
      """
    let recipe = try Recipe(yaml: yaml, file: "recipe.yaml")
    #expect(try recipe == Recipe(side: 64, lengthScales: [[4, 5], [9]], weights: [1, 1]))
    #expect(!recipe.canonicalJSON.contains("candidates"))
    for key in ["length_scales: [[4], [9]]", "covariance: squared_exponential"] {
      let error = try #require(throws: DatasetError.self) { try Recipe(yaml: yaml + "\n" + key, file: "recipe.yaml") }
      #expect(error.message.contains("`candidates`: found `\(key.prefix { $0 != ":" })` as well"), "\(error.message)")
    }
  }

  /// An invalid recipe, the line at fault, and the expected text in the message.
  @Test(arguments: [
    ("side: abc", 1, "`side`: found \"abc\", expected a whole number from 8 to 32768 (pixels)"),
    ("seed: 1\nside: 7", 2, "`side`: found 7, expected a whole number from 8"),
    ("side: 1e3", 1, "`side`: found \"1e3\""),
    ("side: 64.0", 1, "`side`: found \"64.0\""),
    ("side: 0100", 1, "`side`: found \"0100\""),
    ("side: 0x40", 1, "`side`: found \"0x40\""),
    ("side: 1_024", 1, "`side`: found \"1_024\""),
    ("side: 1:30", 1, "`side`: found \"1:30\""),
    ("side: \"64\"", 1, "`side`: found \"64\""),
    ("side: 99999999999999999999", 1, "`side`: found \"99999999999999999999\""),
    ("side:", 1, "`side`: found nothing"),
    ("side: [64]", 1, "`side`: found a list"),
    ("side: {px: 64}", 1, "`side`: found a mapping"),
    ("side: !!float 64", 1, "`side`"),
    ("\n\n\nlength_scales: abc", 4, "`length_scales`: found \"abc\", expected a list of lists of numbers (pixels)"),
    ("length_scales: [9.5, 10]", 1, "`length_scales`: found \"9.5\", expected a list of lists"),
    ("length_scales:\n  - [9.5, 10]\n  - [80, x]", 3, "`length_scales`: found \"x\""),
    ("length_scales:\n  - [9.5, 10]\n  - [80, .inf]", 3, "`length_scales`: found \".inf\""),
    ("length_scales:\n  - [9.5, 10]\n  - [80, 1e400]", 1, "`length_scales`: found inf in scale 1"),
    ("length_scales: []", 1, "`length_scales`: found no scale"),
    ("seed: 1\nlength_scales: [[9.5], []]", 2, "`length_scales`: found no candidate for scale 1"),
    ("length_scales: [[0.4]]", 1, "`length_scales`: found 0.4 in scale 0"),
    ("length_scales: [[1, 1.0]]", 1, "`length_scales`: found 1 twice"),
    ("weights: 1", 1, "`weights`: found \"1\", expected a list of numbers"),
    ("weights: [1, 0]", 1, "`weights`: found 0"),
    ("weights: [1]\n\nlength_scales: [[4], [5]]", 1, "`weights`: found 1 for 2 scales"),
    ("standardize: yes", 1, "`standardize`: found \"yes\", expected true or false"),
    ("standardize: True", 1, "`standardize`: found \"True\""),
    ("standardize: 1", 1, "`standardize`: found \"1\""),
    ("standardize: \"true\"", 1, "`standardize`: found \"true\""),
    ("dtype: float64", 1, "`dtype`: found \"float64\", expected float32 or float16"),
    ("dtype: [float32]", 1, "`dtype`: found a list"),
    ("seed: 0\nboundary: torus", 2, "`boundary`: found \"torus\", expected periodic or open"),
    ("boundary: reflecting", 1, "`boundary`: found \"reflecting\", expected periodic"),
    ("covariance: gauss", 1, "`covariance`: found \"gauss\", expected squared_exponential, matern"),
    (
      "covariance: matern", 1,
      "`covariance`: found matern, expected other parameters (matern needs a value of nu)"
    ),
    (
      "covariance: ['matern:nu=60', exponential]", 1,
      "`covariance`: found matern:nu=60, expected other parameters (nu 60 of matern: expected a number over 0, at most 50)"
    ),
    ("candidates: [{}]", 1, "`candidates`: found a mapping, expected a list of lists of covariances"),
    ("candidates:\n- [4]", 2, "`candidates`: found \"4\", expected a list of lists of covariances"),
    ("candidates: [[{length_scale: 4}]]", 1, "`candidates`: found a candidate without `covariance`"),
    ("candidates: [[{covariance: gauss}]]", 1, "`candidates`: found \"gauss\", expected squared_exponential"),
    (
      "candidates:\n  -\n    - {covariance: squared_exponential, nu: 1}", 3,
      "`candidates`: squared_exponential has no parameter nu; it has length_scale"
    ),
    (
      "candidates: [[{covariance: squared_exponential, length_scale: 0.4}]]", 1,
      "`candidates`: length_scale 0.4 of squared_exponential: expected a number from 0.5 to 1000000"
    ),
    ("candidates: []", 1, "`candidates`: found no scale"),
    ("covariance: ''", 1, "`covariance`: found nothing"),
    ("seed: -1", 1, "`seed`: found \"-1\""),
    ("seed: 9007199254740992", 1, "`seed`: found 9007199254740992"),
    ("samples: 0", 1, "`samples`: found 0"),
    (
      "side: 64\nsize: 64", 2,
      "\"size\" is not a key of a recipe, expected one of `allow_clamping`, `boundary`, `candidates`, `covariance`"
    ),
    ("side: 64\n? [a]\n: 1", 2, "a list is not a key of a recipe"),
    ("<<: {side: 64}", 1, "\"<<\" is not a key of a recipe"),
    ("Side: 64", 1, "\"Side\" is not a key"),
    ("side: 64\nseed: 1\nside: 64", 1, "found \"side\" more than once"),
    ("seed: 1\nside: &a 64", 2, "found an anchor or alias"),
    ("seed: 1\n\nside: *a", 3, "found an anchor or alias"),
    ("# 1\rseed: &a 1", 2, "found an anchor or alias"),
    ("# 1\u{85}# 2\u{2028}seed: &a 1", 3, "found an anchor or alias"),
    ("# 1\n\u{feff}&a seed: 1", 2, "found an anchor or alias"),
    ("{'it''s # ': 1, side: *a}", 1, "found an anchor or alias"),
    ("{\"seed\":&a 1}", 1, "found an anchor or alias"),
    ("seed: '1' # '\nside: [&a 1]", 2, "found an anchor or alias"),
    ("{a's: ' # ', b: &a 1}", 1, "found an anchor or alias"),
    ("\"x\\\" # \", &a : 1", 1, "found a backslash"),
    ("{\"a\n # &a", 1, "found a quotation mark without its partner"),
    ("side: 64\n---\nside: 32", 2, "found a second document"),
    ("- side: 64", 1, "found a list, expected the keys of a recipe"),
    ("\n\nside", 3, "found \"side\", expected the keys of a recipe"),
    ("!!set {side: 64}", 1, "found a mapping, expected the keys of a recipe"),
    ("side: 64\nseed: [1", 3, "this is not YAML"),
    ("side: 64\n\tseed: 1", 2, "this is not YAML"),
    ("side: 64\n seed: 1", 2, "this is not YAML"),
    ("side: 64: 1", 1, "this is not YAML"),
    ("side: 64\nseed: \u{1}", 2, "this is not UTF-8 text"),
    ("side: 64\n@", 2, "this is not YAML"),
  ])
  func faultIsNamedByFileLineAndKey(yaml: String, line: Int, says: String) throws {
    let error = try #require(throws: DatasetError.self) { try RecipeDocument(yaml: yaml, file: "my/recipe.yaml") }
    #expect(error.code == .invalidRecipe)
    #expect(error.message.hasPrefix("my/recipe.yaml:\(line): \(says)"), "\(error.message)")
  }

  @Test(arguments: ["", "\n", "# nothing here\n", "---\n...\n", "~"])
  func emptyFileIsRefused(yaml: String) throws {
    let error = try #require(throws: DatasetError.self) { try RecipeDocument(yaml: yaml, file: "recipe.yaml") }
    #expect(error.message.contains("`gpgen recipe` prints one"), "\(error.message)")
  }

  @Test func faultWithoutALineNamesTheFile() throws {
    let error = try #require(throws: DatasetError.self) { try Recipe(yaml: "side: 32", file: "recipe.yaml") }
    #expect(error.message.hasPrefix("recipe.yaml: The default length scales"), "\(error.message)")
  }

  @Test func aliasBombsAndDeepNestingAreRefused() {
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1..<40 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    for yaml in [
      bomb + "? *a39\n: 1\n",
      String(repeating: "[", count: 100_000),
      String(repeating: "- ", count: 100_000),
      String(repeating: "{a: ", count: 50_000),
      String(repeating: "? ", count: 100_000),
      String(repeating: "#", count: 300_000),
      "length_scales: [[" + String(repeating: "1,", count: 100_000) + "2]]",
      "seed: " + String(repeating: "9", count: 200_000),
    ] {
      #expect(throws: DatasetError.self) { try RecipeDocument(yaml: yaml, file: "recipe.yaml") }
    }
  }

  @Test func messageShowsNoControlCharacters() throws {
    let yaml = "dtype: \"\u{85}\u{202e}" + String(repeating: "x", count: 1000) + "\""
    let error = try #require(throws: DatasetError.self) { try RecipeDocument(yaml: yaml, file: "recipe.yaml") }
    #expect(error.message.count < 200)
    #expect(error.message.unicodeScalars.allSatisfy { (" "..."~").contains($0) || $0 == "…" }, "\(error.message)")
  }
}
