import Foundation
import Testing

/// `train --loss mse`, and the commands that read its runs.
@Suite struct RegressionTests {
  private let folder: ProgramFolder
  private static let quick = ["--epochs", "2", "--batch", "4", "--threads", "1", "--depth", "2", "--channels", "4"]

  init() async throws {
    folder = try ProgramFolder()
    try folder.write(
      """
      side: 16
      samples: 20
      candidates: [[{covariance: squared_exponential, length_scale: {uniform: [1, 4]}}]]
      """, to: "recipe.yaml")
  }

  private func train(_ arguments: [String]) async throws -> ProgramFolder.Outcome {
    try await folder.gpgen(["train", "recipe.yaml"] + arguments + Self.quick)
  }

  @Test func runIsTrainedEvaluatedAndPredictedWith() async throws {
    let outcome = try await train(["--loss", "mse", "--target", "length_scale:0", "--out", "run"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output.firstMatch(
        of:
          #/^run: 2 epochs of 16 samples; RMSE of length_scale:0 [\d.]+ \(best possible [\d.]+\) on 4 held-out samples; /#
      )
        != nil)
    #expect(outcome.output.contains("chosen by the mean squared error on held-out samples"))
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].contains("R² ") && lines[0].contains("(best possible R² "))
    #expect(!lines[1].contains("best possible"))

    let evaluation = try await folder.gpgen("evaluate", "run", "recipe.yaml", "--split", "all")
    #expect(evaluation.status == 0)
    #expect(evaluation.output.contains("length_scale:0: mean squared error "))
    #expect(evaluation.output.contains("best possible: mean squared error "))
    let without = try await folder.gpgen("evaluate", "run", "recipe.yaml", "--split", "all", "--no-ceiling", "--json")
    #expect(without.status == 0 && !without.output.contains("ceiling"))

    let predictions = try await folder.gpgen("predict", "run", "recipe.yaml", "--out", "-")
    #expect(predictions.status == 0)
    let rows = predictions.output.split(separator: "\n")
    #expect(rows[0] == "sample,label,target_length_scale:0,prediction_length_scale:0" && rows.count == 21)
  }

  @Test(arguments: [
    (["--loss", "mse"], "name at least one with --target"),
    (["--target", "length_scale:0"], "it needs --loss mse"),
    (["--loss", "mse", "--target", "length_scale"], "length_scale"),
    (["--loss", "mse", "--target", "nu:0"], "has no parameter nu"),
    (["--loss", "mse", "--target", "length_scale:1"], "the dataset has 1 scale"),
  ])
  func invalidTargetIsRefused(options: [String], message: String) async throws {
    let outcome = try await train(options + ["--out", "run"])
    #expect(outcome.status != 0 && outcome.errors.contains(message), "\(outcome.errors)")
    #expect(try folder.names == ["recipe.yaml"])
  }

  /// A classification run shows the accuracy of each scale with its ceiling.
  @Test func accuracyOfEachScaleIsShown() async throws {
    let made = try await folder.gpgen(
      "--size", "16", "--length-scales", "1,2", "--length-scales", "4,8", "--samples", "20", "--quiet", "--out",
      "data.h5")
    try #require(made.status == 0)
    let outcome = try await folder.gpgen(["train", "data.h5", "--out", "run"] + Self.quick)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains(#/; accuracy [\d.]+% \(best possible [\d.]+%\) on \d+ held-out samples; /#))
    #expect(outcome.errors.contains(#/^epoch 1  loss [\d.]+  accuracy [\d.]+% \([\d.]+%, [\d.]+%\)  validation /#))
    let text = try await folder.gpgen("evaluate", "run", "data.h5", "--split", "all", "--quiet").output
    #expect(text.contains(#/\naccuracy   [\d.]+  \(best possible [\d.]+\)\n/#))
    #expect(text.contains(#/\nscale 0    [\d.]+  1, 2  \(best possible [\d.]+\)\n/#))
    #expect(text.contains(#/\nscale 1    [\d.]+  4, 8  \(best possible [\d.]+\)\n/#))
  }

  /// The likelihood of standardized textures is unknown.
  @Test func unknownCeilingIsLeftOutOrRefused() async throws {
    let made = try await folder.gpgen(
      "--size", "16", "--length-scales", "1,3", "--standardize", "--samples", "20", "--quiet", "--out", "data.h5")
    try #require(made.status == 0)
    try #require(try await folder.gpgen(["train", "data.h5", "--out", "run", "--quiet"] + Self.quick).status == 0)
    #expect(try !folder.text("run/metrics.jsonl").contains("ceiling"))
    let asked = try await folder.gpgen("evaluate", "run", "data.h5", "--ceiling")
    #expect(asked.status != 0 && asked.errors.contains("standardized textures have no likelihood"))
  }
}
