import Foundation
import Synchronization
import Testing

@testable import Experiments

@Suite final class ExperimentRunnerTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "gpgen-experiment-\(UUID().uuidString)")
    .path

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func text(_ file: String, in name: String = "a") throws -> String {
    try String(contentsOfFile: "\(folder)/\(name)/\(file)", encoding: .utf8)
  }

  private func run(
    _ experiment: Experiment, in name: String = "a", jobs: Int = 2, task: Int = 0, of count: Int = 1,
    stopAfter steps: Int = .max
  ) async throws -> [ExperimentEvent] {
    let events = Events()
    try await ExperimentRunner(experiment, in: "\(folder)/\(name)", jobs: jobs, task: task, taskCount: count).run(
      shouldStop: { events.steps >= steps }, report: { events.add($0) })
    return events.all
  }

  /// The events of a run.
  private final class Events: Sendable {
    private let state = Mutex((events: [ExperimentEvent](), steps: 0))
    var all: [ExperimentEvent] { state.withLock { $0.events } }
    var steps: Int { state.withLock { $0.steps } }
    func add(_ event: ExperimentEvent) {
      state.withLock { state in
        if case .progress = event { state.steps += 1 } else { state.events.append(event) }
      }
    }
  }

  private static func begun(_ events: [ExperimentEvent]) -> Int {
    events.count { if case .began = $0 { true } else { false } }
  }

  private static let withRates = ExperimentFileTests.small.replacing(
    "steps: 3", with: "steps: 3\nlearning_rates: [0.001, 0.1]")

  @Test func resultsAreTabulated() async throws {
    let experiment = try ExperimentFileTests.experiment(Self.withRates)
    let events = try await run(experiment)
    // 16 cells, and 2 learning rates for each of 2 datasets and 2 methods.
    #expect(Self.begun(events) == 24)
    let summary = try text("summary.csv").split(separator: "\n")
    #expect(summary[0].hasPrefix("dataset,samples,network,method,budget,steps,metric,seeds,mean,low,high,baseline,"))
    // Three metrics: the accuracy, that of the only scale, and the ROC AUC of two classes.
    #expect(summary.count == 25)
    #expect(summary.count { $0.contains(",accuracy,2,") } == 8)
    #expect(try text("results.csv").split(separator: "\n").count == 17)
    let rates = try text("learning_rates.csv").split(separator: "\n")
    #expect(rates.count == 9 && rates.count { $0.hasSuffix(",1") } == 4)
    #expect(
      try text("summary.md").contains(
        "## accuracy: noisy\n\n| method | 8 samples | 12 samples |\n|---|---|---|\n| none | "))
    #expect(try text("summary.md").contains("| best possible | "))
    let state = try #require(
      try JSONSerialization.jsonObject(with: Data(try text("experiment.json").utf8)) as? [String: Any])
    #expect(state["cells"] as? Int == 16 && state["finished"] as? Int == 16 && state["baseline"] as? String == "none")
    // A second run trains nothing and changes nothing.
    #expect(Self.begun(try await run(experiment)) == 0)
    #expect(try text("summary.csv").split(separator: "\n") == summary)
    // The cells use the chosen learning rate.
    for line in rates where line.hasSuffix(",1") {
      let columns = line.split(separator: ",", omittingEmptySubsequences: false)
      for run in try text("results.csv").split(separator: "\n") where run.hasPrefix("\(columns[0]),") {
        let values = run.split(separator: ",", omittingEmptySubsequences: false)
        if values[3] == columns[2] { #expect(values[7] == columns[4]) }
      }
    }
  }

  /// One of the two datasets.
  private static func one(_ yaml: String) throws -> Experiment {
    try ExperimentFileTests.experiment(
      yaml.replacing("  noisy: {noise: 1}\n", with: "").replacing("[noisy]", with: "[plain]"))
  }

  @Test func resumedRunsGiveTheSameResults() async throws {
    let experiment = try Self.one(Self.withRates)
    _ = try await run(experiment, in: "whole", jobs: 1)
    for steps in [1, 9] {
      let error = await #expect(throws: ExperimentError.self) {
        try await self.run(experiment, in: "parts", stopAfter: steps)
      }
      #expect(error?.code == .interrupted)
    }
    _ = try await run(experiment, in: "parts")
    for file in ["summary.csv", "summary.md", "learning_rates.csv", "experiment.json", "ceilings.json"] {
      #expect(try text(file, in: "parts") == text(file, in: "whole"), "\(file)")
    }
  }

  @Test func tasksShareTheCells() async throws {
    let experiment = try Self.one(ExperimentFileTests.small)
    var begun = 0
    for task in 0..<3 { begun += Self.begun(try await run(experiment, task: task, of: 3)) }
    #expect(begun == 8)
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/a/summary.csv"))
    #expect(Self.begun(try await run(experiment)) == 0)
    #expect(try text("results.csv").split(separator: "\n").count == 9)
  }

  /// The baseline has the same number of steps at equal steps and at equal cost: one run, two rows.
  @Test func equalRunsAreTrainedOnce() async throws {
    let yaml = ExperimentFileTests.small.replacing(
      "steps: 3", with: "steps: 4\nbudgets: [steps, cost]\ncosts: {masks: 0.5}")
    let experiment = try ExperimentFileTests.experiment(yaml, isQuick: true)
    #expect(Self.begun(try await run(experiment)) == 3)
    let rows = try text("results.csv").split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
    #expect(
      rows.map { [$0[3], $0[4], $0[9]] } == [
        ["none", "steps", "4"], ["none", "cost", "4"], ["masks", "steps", "4"], ["masks", "cost", "8"],
      ])
    #expect(rows[0][10] == rows[1][10])
    #expect(try text("experiment.json").contains("\"cells\":3"))
  }

  @Test func otherExperimentsResultsAreRefused() async throws {
    let quick = try ExperimentFileTests.experiment(isQuick: true)
    _ = try await run(quick)
    let other = try ExperimentFileTests.experiment(
      ExperimentFileTests.small.replacing("fine_mask: 0.5", with: "fine_mask: 0.25"), isQuick: true)
    let before = try text("summary.csv")
    let error = await #expect(throws: ExperimentError.self) { try await self.run(other) }
    #expect(
      error?.code == .foreignResults && error?.message.contains("masks/8-samples/3-steps/seed-7: was trained") == true)
    #expect(try text("summary.csv") == before)
  }

  /// Networks trained on crops are tested on whole textures; the metric of a regression is R².
  @Test func cropsAndRegressionsAreTested() async throws {
    let crops = try ExperimentFileTests.experiment(
      ExperimentFileTests.small.replacing("fine_mask: 0.5", with: "crop: 8"), isQuick: true)
    _ = try await run(crops)
    #expect(try text("summary.csv").contains("noisy,8,reference,masks,steps,3,accuracy,1,"))
    let regression = try ExperimentFileTests.experiment(
      ExperimentFileTests.small.replacing("depth: 2", with: "loss: mse, targets: [length_scale:0], depth: 2"),
      isQuick: true)
    _ = try await run(regression, in: "b")
    #expect(try text("summary.csv", in: "b").contains("noisy,8,reference,none,steps,3,r_squared_0,1,"))
  }
}
