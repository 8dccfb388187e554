import Foundation
import GaussianField
import Testing

@testable import TextureDataset

/// Recipes of published datasets.
@Suite struct PresetTests {
  private static func recipe(_ text: String, _ shape: FieldShape) throws -> Recipe {
    try RecipeDocument(side: shape.side, shape: shape.side == nil ? shape : nil)
      .merging(Preset(text).document(shape: shape)).recipe()
  }

  /// nu = 1.5, l = sqrt(3) / 7 n and weight sqrt(1 / (6 pi)), since Gamma(1.5) / Gamma(2.5) is 2/3.
  @Test func neuralOperatorIsAMaternField() throws {
    let recipe = try Self.recipe("neural-operator", .square(side: 64))
    let candidate = try #require(recipe.field.scales.first?.candidates.first)
    #expect(recipe.scaleCount == 1 && recipe.classCount == 1)
    #expect(candidate.name == "matern" && candidate.parameters["nu"] == .fixed(1.5))
    #expect(abs((candidate.lengthScale ?? 0) - 64 * 3.0.squareRoot() / 7) < 1e-12)
    #expect(abs(recipe.weights[0] - (1 / (6 * Double.pi)).squareRoot()) < 1e-12)
    #expect(try recipe == Self.recipe("neural-operator:tau=7,alpha=2.5", .square(side: 64)))
    let other = try Self.recipe("neural-operator:sigma=\(pow(7, 1.5))", .square(side: 64))
    #expect(abs(other.weights[0] / recipe.weights[0] - 1) < 1e-14)
  }

  /// The variance of the mode k is sigma^2 (4 pi^2 k^2 + tau^2)^-alpha; aliases add less than 3e-4 at the lowest.
  @Test(arguments: [
    ("neural-operator:alpha=2.5,tau=7,sigma=18.520259", [64, 64], 2.5, 7.0),
    ("neural-operator:alpha=2,tau=5,sigma=25", [128], 2, 5),
    ("neural-operator:alpha=3,tau=4,sigma=2", [12, 12, 12], 3, 4),
  ])
  func modesHaveThePowerOfTheOperator(text: String, extents: [Int], alpha: Double, tau: Double) throws {
    let shape = try #require(FieldShape(extents: extents))
    let recipe = try Self.recipe(text, shape)
    let sigma = try #require(Double(text.split(separator: "=").last ?? ""))
    let scale = recipe.field.scales[0]
    let spectrum = try scale.candidates[0].spectrum(on: Grid(periodic: shape))
    guard case .even(let values) = spectrum else {
      Issue.record("the modes of an isotropic covariance are even")
      return
    }
    // The first modes along x: (0, ..., kx).
    for k in 0...2 {
      let expected = sigma * sigma * pow(4 * .pi * .pi * Double(k * k) + tau * tau, -alpha)
      #expect(abs(scale.weight * scale.weight * values[k] / expected - 1) < 3e-4, "k = \(k)")
    }
  }

  /// The sum over all modes, from a script in another language:
  /// `sum(7**3 * (4*pi**2*(i*i + j*j) + 49)**-2.5 for i, j in product(range(-400, 401), repeat=2))`.
  @Test func varianceMatchesTheDocumentation() throws {
    let recipe = try Self.recipe("neural-operator", .square(side: 128))
    #expect(abs(recipe.field.variance(choices: [0]) - 0.05472) < 1e-5)
  }

  @Test(arguments: [
    ("neural-operator:alpha=1", [64, 64], "found alpha = 1 in 2 dimensions, expected over 1 and at most 51"),
    ("neural-operator:alpha=60", [64, 64, 64], "found alpha = 60 in 3 dimensions, expected over 1.5 and at most 51.5"),
    ("neural-operator", [64, 128], "found textures of 64 x 128 pixels, expected equal extents"),
    ("neural-operator", [4, 4], "`shape`: found 4 among 4 x 4"),
    ("neural-operator:tau=0", [64, 64], "found \"tau=0\", expected alpha, tau or sigma with a number over 0"),
    ("neural-operator:beta=2", [64, 64], "found \"beta=2\", expected alpha, tau or sigma"),
    ("neural-operator:", [64, 64], "found \"\", expected alpha, tau or sigma"),
    ("neural-operator:tau=1,tau=2", [64, 64], "found tau twice"),
    ("neural-operator:tau=nan", [64, 64], "found \"tau=nan\", expected"),
    ("neural-operator:tau=1e9", [64, 64], "at least 0.5 pixels, since the grid cannot resolve less"),
    ("backdrop-2018:tau=1", [64, 64], "found parameters for backdrop-2018, expected none"),
    ("backdrop", [64, 64], "found \"backdrop\", expected backdrop-2018 or neural-operator"),
  ])
  func unknownPresetsAndValuesAreRefused(text: String, extents: [Int], message: String) throws {
    let shape = try #require(FieldShape(extents: extents))
    let error = #expect(throws: DatasetError.self) { try Self.recipe(text, shape) }
    #expect(error?.code == .invalidRecipe)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }
}
