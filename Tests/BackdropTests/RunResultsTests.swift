import Foundation
import Testing

@testable import Backdrop

@Suite struct RunResultsTests {
  private let folder: TrainingFolder

  init() throws { folder = try TrainingFolder() }

  private func metrics() throws -> String { try String(contentsOf: folder.url("run/metrics.jsonl"), encoding: .utf8) }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.url("run/\(name)"))
  }

  @Test func resultsAreThoseOfTheFiles() async throws {
    _ = try await folder.train(.small(), in: "run")
    let results = try RunResults(folder("run"))
    #expect(RunResults.isRun(folder("run")) && !RunResults.isRun(folder.path))
    #expect(try results.epochs == folder.metrics("run"))
    #expect(results.epochs.count == 3)
    let evaluation = try #require(results.evaluation)
    #expect(try evaluation.json + "\n" == String(contentsOf: folder.url("run/evaluation.json"), encoding: .utf8))

    // A line that is still being written has no line break yet.
    let text = try metrics()
    try write(text + "{\"epoch\": 4", to: "metrics.jsonl")
    #expect(try RunResults(folder("run")).epochs == results.epochs)
    // Lines of version 1, and a folder without an evaluation or epochs.
    var former = text.replacingOccurrences(of: "\"learning_rate\"", with: "\"rate\"")
    former = former.replacingOccurrences(of: "\"method\":\"backdrop\",", with: "")
    try #require(!former.contains("\"method\":\"backdrop\"") && former != text)
    try write(former, to: "metrics.jsonl")
    #expect(try RunResults(folder("run")).epochs == results.epochs)
    for name in ["metrics.jsonl", "evaluation.json"] {
      try FileManager.default.removeItem(at: folder.url("run/\(name)"))
    }
    let begun = try RunResults(folder("run"))
    #expect(begun.epochs.isEmpty && begun.evaluation == nil)
  }

  @Test func brokenFilesAreRefusedByName() async throws {
    _ = try await folder.train(.small(), in: "run")
    let (text, evaluation) = (try metrics(), try String(contentsOf: folder.url("run/evaluation.json"), encoding: .utf8))
    func refuse(_ message: String) {
      let error = #expect(throws: BackdropError.self) { try RunResults(folder("run")) }
      #expect(error?.code == .invalidFile && error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
    try write(text + text, to: "metrics.jsonl")
    refuse("metrics.jsonl:4: found epoch 1, expected epoch 4")
    try write("{}\n" + text, to: "metrics.jsonl")
    refuse("metrics.jsonl:1: is not a valid gpgen file: epoch is missing")
    try write("\n", to: "metrics.jsonl")
    refuse("metrics.jsonl:1: is not a valid gpgen file: it is not JSON")
    try write(text, to: "metrics.jsonl")
    // A matrix with fewer rows than classes.
    let broken = evaluation.replacing(#/"confusion" : \[\s*\[/#, with: "\"confusion\" : [[1], [")
    try #require(broken != evaluation)
    try write(broken, to: "evaluation.json")
    refuse(
      "evaluation.json: is not a valid gpgen file: classes: the confusion matrix does not have a count for each pair of classes"
    )
  }
}
