import GaussianField
import Testing

@testable import TextureDataset

/// Recipes whose pixels would overflow are refused.
@Suite struct RecipePixelRangeTests {
  @Test(arguments: [
    // Eight standard deviations of 10.9 are 87.2, of 11.1 88.8; the maximum of float32 is exp(88.72).
    (
      "side: 64\nlength_scales: [[4]]\nweights: [11.1]\ntransform: lognormal",
      "standard deviation of 11.1, expected at most 11.09"
    ),
    ("side: 64\nlength_scales: [[4]]\nweights: [5]\nnoise: 10\ntransform: lognormal", "standard deviation of 11.18"),
    // exp(11.09) is 65504.
    ("side: 64\nlength_scales: [[4]]\nweights: [1.4]\ndtype: float16\ntransform: lognormal", "expected at most 1.386"),
    (
      "side: 64\nlength_scales: [[4]]\nweights: [9000]\ndtype: float16",
      "float16 for textures with a standard deviation of 9000"
    ),
    (
      "side: 64\nlength_scales: [[4]]\nnoise: 9000\ndtype: float16", "standard deviation of 9000, expected at most 8188"
    ),
    // At l = n / 2 the variance of the torus is twice C(0).
    (
      "side: 64\ncandidates: [[{covariance: exponential, length_scale: 32}]]\nweights: [8.1]\ntransform: lognormal",
      "lognormal for fields"
    ),
  ])
  func pixelsBeyondTheirTypeAreRefused(yaml: String, message: String) {
    let error = #expect(throws: DatasetError.self) { try Recipe(yaml: yaml, file: "a.yaml") }
    #expect(error?.code == .invalidRecipe)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("smaller weights") == true)
  }

  @Test(arguments: [
    "side: 64\nlength_scales: [[4]]\nweights: [10.9]\ntransform: lognormal",
    "side: 64\nlength_scales: [[4]]\nweights: [1.38]\ndtype: float16\ntransform: lognormal",
    "side: 64\nlength_scales: [[4]]\nweights: [8000]\ndtype: float16",
    "side: 64\nlength_scales: [[4]]\nweights: [1000000]\ndtype: float16\ntransform: {threshold: 0}",
    // The bound of the variance, 982, would refuse it, but the variance itself is small enough.
    "shape: [8, 4096]\ncandidates: [[{covariance: exponential, length_scale: 100}]]\nweights: [1]\ntransform: lognormal",
  ])
  func pixelsWithinTheirTypeAreAccepted(yaml: String) throws {
    _ = try Recipe(yaml: yaml, file: "a.yaml")
  }

  /// At l = 4 the variance is 1, at l = 64 it is 2 pi.
  @Test func rangesAreEvaluatedAtTheirEnds() {
    let candidate = "{covariance: squared_exponential, length_scale: {uniform: [4, 64]}}"
    let yaml = "side: 64\ncandidates: [[\(candidate)]]\nweights: [5]\ntransform: lognormal"
    let error = #expect(throws: DatasetError.self) { try Recipe(yaml: yaml, file: "a.yaml") }
    #expect(error?.message.contains("lognormal for fields whose sum") == true, "\(error?.message ?? "")")
  }

  @Test func variancesBeyondSinglePrecisionAreRefused() {
    let yaml = "side: 16\ncandidates: [[{covariance: tabulated, table: [\(rows)]}]]"
    let error = #expect(throws: DatasetError.self) { try Recipe(yaml: yaml, file: "a.yaml") }
    #expect(
      error?.message.contains("since the maximum of float32 is 3.403e+38; use smaller weights") == true,
      "\(error?.message ?? "")")
  }

  private var rows: String {
    [0.39, 0.7, 1.4, 2.8, 4.5].map { "[\($0), 1e80]" }.joined(separator: ", ")
  }
}
