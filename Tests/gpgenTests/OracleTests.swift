import Foundation
import Testing

@Suite struct OracleTests {
  private let folder: ProgramFolder

  init() async throws {
    folder = try ProgramFolder()
    let recipe = try await folder.gpgen(
      "recipe", "--size", "16", "--length-scales", "2,3", "--noise", "1", "--samples", "20")
    try folder.write(recipe.output, to: "recipe.yaml")
  }

  @Test func reportIsPrintedAndPosteriorsAreWritten() async throws {
    let outcome = try await folder.gpgen("oracle", "recipe.yaml", "--out", "new/posteriors.h5")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.output.hasPrefix("samples          20\nlikelihood       exact, a sum over 256 modes\naccuracy "))
    #expect(outcome.output.contains("\ntrue \\ recognized"))
    #expect(try folder.names.contains("new"))
    let again = try await folder.gpgen("oracle", "recipe.yaml", "--out", "new/posteriors.h5")
    #expect(again.status == 1 && again.errors.contains("exists; use --force"))
    let forced = try await folder.gpgen("oracle", "recipe.yaml", "--out", "new/posteriors.h5", "--force")
    #expect(forced.status == 0 && forced.output == outcome.output)
  }

  /// Input files are never replaced, whatever name the output has.
  @Test func inputIsNotReplaced() async throws {
    let made = try await folder.gpgen("--recipe", "recipe.yaml", "--out", "data.h5", "--shards", "2", "--quiet")
    try #require(made.status == 0)
    try FileManager.default.createSymbolicLink(atPath: folder("link.h5"), withDestinationPath: folder("data.h5"))
    let before = try folder.files
    for (data, out) in [
      ("data.h5", "data.h5"), ("data.h5", "data-00001-of-00002.h5"), ("data.h5", "link.h5"),
      ("recipe.yaml", "recipe.yaml"),
    ] {
      let outcome = try await folder.gpgen("oracle", data, "--out", out, "--force")
      #expect(outcome.status == 1, "\(out)")
      #expect(outcome.errors.contains("would be lost; choose another --out"), "\(outcome.errors)")
    }
    #expect(try folder.files == before)
  }

  @Test(arguments: [
    (["--validation-fraction", "0.2"], "--validation-fraction has no effect without --split"),
    (["--samples", "5", "--split", "test"], "--split divides the recipe's own samples"),
    (["--force"], "--force has no effect without --out"),
    (["--vary", "noise"], "--vary has no effect without --target-accuracy"),
    (["--target-accuracy", "0.9"], "--target-accuracy needs --vary noise or --vary contrast"),
    (["--target-accuracy", "2", "--vary", "noise"], "expected a number from 0 to 1"),
    (["--target-accuracy", "0.9", "--vary", "noise", "--json"], "--json has no effect with --target-accuracy"),
    (["--target-accuracy", "0.4", "--vary", "noise"], "cannot be reached by varying noise: expected more than 0.5"),
    (["--split", "test"], "the test part has no samples"),
  ])
  func wrongOptionsAreRefused(options: [String], message: String) async throws {
    let outcome = try await folder.gpgen(["oracle", "recipe.yaml"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(try folder.names == ["recipe.yaml"])
  }

  @Test func fieldsWithoutALikelihoodAreRefused() async throws {
    let fields = [
      (["--standardize"], "standardized textures have no likelihood"),
      (["--transform", "threshold:0.5"], "thresholded textures have no likelihood"),
      (["--size", "65", "--boundary", "open"], "at most 4096 of them (64 x 64)"),
    ]
    for (options, message) in fields {
      let recipe = try await folder.gpgen(
        ["recipe", "--size", "16", "--length-scales", "2,3"].filter {
          !options.contains("65") || $0 != "16" && $0 != "--size"
        }
          + options)
      #expect(recipe.status == 0, "\(recipe.errors)")
      try folder.write(recipe.output, to: "other.yaml")
      let outcome = try await folder.gpgen("oracle", "other.yaml", "--out", "posteriors.h5")
      #expect(outcome.status == 1 && outcome.errors.contains(message), "\(outcome.errors)")
      #expect(try folder.names == ["other.yaml", "recipe.yaml"])
    }
  }

  @Test func recipeWithATargetAccuracyIsPrinted() async throws {
    let outcome = try await folder.gpgen(
      "oracle", "recipe.yaml", "--target-accuracy", "0.7", "--vary", "noise", "--samples", "100")
    #expect(outcome.status == 0)
    #expect(outcome.errors.hasPrefix("expected accuracy 0.") && outcome.errors.contains("from 100 samples"))
    try folder.write(outcome.output, to: "hard.yaml")
    let again = try await folder.gpgen("recipe", "--recipe", "hard.yaml")
    #expect(again.output == outcome.output)
  }
}
