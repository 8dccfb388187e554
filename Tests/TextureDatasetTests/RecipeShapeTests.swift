import GaussianField
import Testing

@testable import TextureDataset

/// The keys of recipes other than scales: extents, boundary and transform.
@Suite struct RecipeShapeTests {
  @Test(arguments: [
    "shape: [1000]", "shape: [512, 1024]", "shape: [64, 96, 128]", "boundary: open",
    "boundary: open\nallow_clamping: 0.001", "transform: lognormal", "transform: {threshold: -0.5}",
    "shape: [100, 200]\nboundary: open\ntransform: {threshold: 1}",
  ])
  func recipesReadBackFromTheirYAMLAndJSON(yaml: String) throws {
    let recipe = try Recipe(yaml: yaml + "\nlength_scales: [[4, 5]]\n", file: "a.yaml")
    #expect(recipe.formatVersion == 2)
    #expect(try Recipe(yaml: recipe.yaml, file: "b.yaml") == recipe)
    #expect(try Recipe(canonicalJSON: recipe.canonicalJSON) == recipe)
  }

  @Test func squareShapesAreStoredAsTheirSide() throws {
    let square = try Recipe(yaml: "shape: [512, 512]", file: "a.yaml")
    #expect(try square.datasetHash == Recipe(yaml: "side: 512", file: "b.yaml").datasetHash)
    #expect(square.formatVersion == 1)
  }

  @Test func defaultValuesOfNewKeysChangeNoHash() throws {
    let plain = try Recipe(yaml: "side: 512", file: "a.yaml")
    #expect(try Recipe(yaml: "side: 512\nnoise: 0\nallow_clamping: 0", file: "b.yaml").datasetHash == plain.datasetHash)
  }

  @Test func defaultLengthScalesFollowTheShortestExtentAndOfSeriesAtMost1024() throws {
    func scales(_ shape: String) throws -> [[Double]] { try Recipe(yaml: "shape: \(shape)", file: "a").lengthScales }
    #expect(try scales("[512, 2048]") == [[4.75, 5], [40, 70]])
    #expect(try scales("[20000]") == [[9.5, 10], [80, 140]])
    #expect(try scales("[512, 512, 256]") == [[2.375, 2.5], [20, 35]])
  }

  @Test(arguments: [
    ("shape: []", "`shape`: found no extent"),
    ("shape: [8, 8, 8, 8]", "`shape`: found 4 extents"),
    ("shape: [4, 64]", "found 4 among 4 x 64, expected extents from 8 to 32768 pixels"),
    ("shape: [64, 64, 4096]", "expected extents from 8 to 2048 pixels"),
    ("shape: [64, 64]\nside: 64", "`shape`: found `side` as well"),
    ("boundary: open\nstandardize: true", "standardize with boundary open"),
    ("allow_clamping: 0.1", "`allow_clamping`: found 0.1 for periodic textures"),
    ("allow_clamping: 2", "`allow_clamping`: found 2"),
    ("noise: -1", "`noise`: found -1"),
    ("transform: threshold", "expected lognormal, or a threshold with its level"),
    ("transform: {threshold: 1e9}", "a level from -1000000 to 1000000"),
    (
      "candidates: [[{covariance: squared_exponential, length_scale: {uniform: [9, 5]}}]]",
      "a range whose minimum is below its maximum"
    ),
    (
      "candidates: [[{covariance: squared_exponential, length_scale: {log_uniform: [0, 9]}}]]",
      "a minimum over 0, since log_uniform takes logarithms"
    ),
    (
      "candidates: [[{covariance: matern, length_scale: 9, nu: {uniform: [1, 60]}}]]",
      "nu from 1 to 60 of matern: 60 is out of range"
    ),
    (
      "candidates: [[{covariance: squared_exponential, length_scale: 5},"
        + " {covariance: squared_exponential, length_scale: 5.0000000001}]]",
      "equal as float32"
    ),
  ])
  func badValuesAreRefused(yaml: String, message: String) throws {
    let error = #expect(throws: DatasetError.self) { try Recipe(yaml: yaml, file: "a.yaml") }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }
}
