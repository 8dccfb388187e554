import Foundation
import Synchronization
import TextureDataset
import TextureStream
import Testing

@testable import Backdrop

/// The lines of steps.jsonl.
@Suite struct StepLogTests {
  private let folder: TrainingFolder

  init() throws { folder = try TrainingFolder() }

  private func trainer(
    _ configuration: TrainingConfiguration = .small(), in name: String, policy: Trainer.Policy = .refuse,
    logEvery: Int?, checkpointEvery: Duration = .seconds(3600)
  ) throws -> Trainer {
    try Trainer(
      configuration, on: folder.source(), in: folder(name), policy: policy, checkpointEvery: checkpointEvery,
      logEvery: logEvery)
  }

  private func lines(_ name: String) throws -> [StepMetrics] {
    try String(contentsOf: folder.url("\(name)/steps.jsonl"), encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(StepMetrics.self, from: Data($0.utf8))
    }
  }

  /// Lines without their times.
  private func texts(_ name: String) throws -> [String] {
    try String(contentsOf: folder.url("\(name)/steps.jsonl"), encoding: .utf8).split(separator: "\n").map {
      String($0).replacing(#/"seconds":[^,}]+/#, with: "")
    }
  }

  /// Three epochs of 4 batches, the last of 5 samples: the lines of an epoch's steps agree with its line of
  /// metrics.jsonl.
  @Test func lineOfAnEpochsStepsHasItsMetrics() async throws {
    _ = try await trainer(in: "run", logEvery: 4).run()
    let (steps, epochs) = (try lines("run"), try folder.metrics("run"))
    #expect(steps.map(\.step) == [4, 8, 12] && steps.map(\.epoch) == [1, 2, 3])
    for (step, epoch) in zip(steps, epochs) {
      #expect(step.loss == epoch.train.loss && step.accuracy == epoch.train.accuracy)
      #expect(step.scaleAccuracy == epoch.train.scaleAccuracy && step.learningRate == epoch.learningRate)
      #expect(step.keepFraction == epoch.keepFraction && step.multiplyAdds == epoch.multiplyAdds)
    }
    // The time includes validations.
    #expect(steps[1].seconds - steps[0].seconds > epochs[1].seconds)
  }

  /// The training does not change, and a line every five steps omits the last two steps.
  @Test func logChangesNothingElse() async throws {
    let without = try await folder.train(.small(), in: "without")
    _ = try await trainer(in: "run", logEvery: 5).run()
    #expect(try folder.result("run") == without)
    #expect(try lines("run").map(\.step) == [5, 10] && lines("run").map(\.epoch) == [2, 3])
    #expect(try !folder.names("without").contains("steps.jsonl"))
    let error = #expect(throws: BackdropError.self) { try trainer(in: "none", logEvery: 0) }
    #expect(error?.code == .invalidOptions)
  }

  /// Stopped before a line, after one, and with lines that the checkpoint does not contain.
  @Test(arguments: [3, 4, 7, 9, 12], [false, true])
  func resumedRunHasTheSameLines(stop: Int, oftenSaved: Bool) async throws {
    _ = try await trainer(in: "whole", logEvery: 2).run()
    let asked = Mutex(0)
    let stopped = try trainer(in: "stopped", logEvery: 2, checkpointEvery: oftenSaved ? .zero : .seconds(3600))
    _ = try? await stopped.run(shouldStop: {
      asked.withLock { asked in
        asked += 1
        return asked > stop + TrainingFolder.measuringBatches
      }
    })
    let before = try lines("stopped")
    let file = try Data(contentsOf: folder.url("stopped/steps.jsonl"))
    try (file + Data("{\"step\": 2, \"ep".utf8)).write(to: folder.url("stopped/steps.jsonl"))
    _ = try await trainer(in: "stopped", policy: .resume, logEvery: 2).run()
    #expect(try texts("stopped") == texts("whole") && texts("whole").count == 6)
    // The time continues.
    let seconds = try lines("stopped").map(\.seconds)
    #expect(seconds == seconds.sorted() && Array(seconds.prefix(before.count)) == before.map(\.seconds))
  }

  @Test func missingLinesAreRefused() async throws {
    let asked = Mutex(0)
    _ = try? await trainer(in: "run", logEvery: 1).run(shouldStop: {
      asked.withLock { asked in
        asked += 1
        return asked > 3 + TrainingFolder.measuringBatches
      }
    })
    try Data().write(to: folder.url("run/steps.jsonl"))
    let error = await #expect(throws: BackdropError.self) {
      try await trainer(in: "run", policy: .resume, logEvery: 1).run()
    }
    #expect(error?.code == .invalidFile && error?.message.contains("steps.jsonl: has 0 bytes") == true)
  }

  /// A run that started without a log gets lines from then on, and a run resumed without a log keeps its lines.
  @Test func logMayBeginAndEndWithAnyRun() async throws {
    var configuration = TrainingConfiguration.small()
    configuration.schedule = Schedule(.constant)
    for (epochs, logEvery) in [(1, nil), (2, 2), (3, nil)] {
      configuration.epochs = epochs
      _ = try await trainer(configuration, in: "run", policy: .resume, logEvery: logEvery).run()
    }
    #expect(try lines("run").map(\.step) == [6, 8])
    // A run that replaces it has none of its lines.
    _ = try await trainer(configuration, in: "run", policy: .replace, logEvery: nil).run()
    #expect(try !folder.names("run").contains("steps.jsonl"))
  }

  @Test func linesOfARegressionHaveNoAccuracy() async throws {
    var configuration = TrainingConfiguration.small(outputs: 1)
    configuration.loss = .meanSquaredError
    configuration.targets = [try #require(RegressionTarget("length_scale:0"))]
    _ = try await trainer(configuration, in: "run", logEvery: 4).run()
    let steps = try lines("run")
    #expect(steps.count == 3 && steps.allSatisfy { $0.accuracy == nil && $0.scaleAccuracy == nil && $0.loss != nil })
    #expect(steps.map(\.loss) == (try folder.metrics("run").map(\.train.loss)))
  }
}
