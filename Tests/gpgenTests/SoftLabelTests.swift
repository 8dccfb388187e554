import Foundation
import Testing

/// `train --soft-labels`.
@Suite struct SoftLabelTests {
  private let folder: ProgramFolder
  private static let quick = ["--epochs", "2", "--batch", "4", "--threads", "1", "--depth", "2", "--channels", "4"]

  init() async throws {
    folder = try ProgramFolder()
    try folder.write("side: 16\nsamples: 20\nlength_scales: [[1, 1.2]]\nnoise: 1\n", to: "recipe.yaml")
    try #require(try await folder.gpgen("oracle", "recipe.yaml", "--out", "posteriors.h5", "--quiet").status == 0)
  }

  private func train(_ arguments: String...) async throws -> ProgramFolder.Outcome {
    try await folder.gpgen(["train", "recipe.yaml", "--out", "run", "--quiet"] + arguments + Self.quick)
  }

  @Test func runWithPosteriorsIsTrainedAndResumed() async throws {
    let outcome = try await train("--soft-labels", "posteriors.h5")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let configuration = try folder.text("run/configuration.json")
    #expect(configuration.contains(#/"path" : "\/.*\/work\/posteriors.h5"/#))
    // Without the option, the run's own file is read.
    let longer = ["--resume", "--epochs", "3"]
    let resumed = try await folder.gpgen(
      ["train", "recipe.yaml", "--out", "run", "--quiet"] + Self.quick.dropFirst(2) + longer)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try folder.text("run/metrics.jsonl").split(separator: "\n").count == 3)
    #expect(try await folder.gpgen("evaluate", "run", "recipe.yaml", "--split", "all").status == 0)
    // Another file with the same name is refused.
    let other = try await folder.gpgen(
      "oracle", "recipe.yaml", "--samples", "24", "--out", "posteriors.h5", "--force", "--quiet")
    try #require(other.status == 0)
    let refused = try await train("--soft-labels", "posteriors.h5", "--resume", "--epochs", "4")
    #expect(refused.status != 0 && refused.errors.contains("soft_labels.hash"))
  }

  @Test func filesWithoutTheDatasetsPosteriorsAreRefused() async throws {
    try folder.write("side: 16\nsamples: 20\nlength_scales: [[1, 1.3]]\nnoise: 1\n", to: "other.yaml")
    try #require(try await folder.gpgen("oracle", "other.yaml", "--out", "other.h5", "--quiet").status == 0)
    try folder.write("no HDF5", to: "text.h5")
    for (file, message) in [
      ("other.h5", "belongs to dataset"), ("text.h5", "text.h5"), ("none.h5", "none.h5"),
      ("recipe.yaml", "recipe.yaml"),
    ] {
      let outcome = try await train("--soft-labels", file)
      #expect(outcome.status != 0 && outcome.errors.contains(message), "\(outcome.errors)")
    }
    let outcome = try await train("--soft-labels", "posteriors.h5", "--loss", "f1", "--positive-classes", "1")
    #expect(outcome.status != 0 && outcome.errors.contains("it needs --loss cross-entropy"))
    #expect(try !folder.names.contains("run"))
  }
}
