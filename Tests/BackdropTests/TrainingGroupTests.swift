import Foundation
import Synchronization
import TextureStream
import Testing

@testable import Backdrop

/// Trainers in one process that meet as processes do.
@Suite struct TrainingGroupTests {
  private let folder: TrainingFolder

  init() throws { folder = try TrainingFolder() }

  /// 28 samples in batches of 8: 4 batches, the last of 4 samples.
  private static var configuration: TrainingConfiguration {
    var configuration = TrainingConfiguration.small()
    (configuration.batchSize, configuration.trainCount) = (8, 28)
    return configuration
  }

  private static var binary: TrainingConfiguration {
    var configuration = TrainingConfiguration.small(outputs: 1)
    (configuration.batchSize, configuration.trainCount) = (8, 28)
    (configuration.loss, configuration.positiveClasses, configuration.batchMask) = (.auc(.logistic), [1], 0.5)
    return configuration
  }

  /// Trains with several trainers at the same time; what the first one throws.
  private func train(
    _ configuration: TrainingConfiguration, count: Int, in name: String, policy: Trainer.Policy = .refuse,
    logEvery: Int? = nil, shouldStop: @escaping @Sendable (_ rank: Int) -> Bool = { _ in false }
  ) async throws {
    let rendezvous = Rendezvous(count: count)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for rank in 0..<count {
        let trainer = try Trainer(
          configuration, on: folder.source(), in: folder(name), policy: policy, logEvery: logEvery,
          group: TrainingGroup(rank: rank, of: count, rendezvous.rank(rank)))
        tasks.addTask { _ = try await trainer.run(shouldStop: { shouldStop(rank) }) }
      }
      try await tasks.waitForAll()
    }
  }

  private func weights(_ name: String) throws -> [Float] {
    try Checkpoint(reading: folder("\(name)/checkpoint.safetensors")).weights
  }

  /// Masks, dropout and random changes are the same whoever draws them, so only the order of additions differs.
  @Test(arguments: [2, 4], [false, true])
  func severalProcessesTrainAsOneDoes(count: Int, isBinary: Bool) async throws {
    let configuration = isBinary ? Self.binary : Self.configuration
    let trainer = folder.trainer(configuration, in: "one")
    _ = try await trainer.run()
    try await train(configuration, count: count, in: "several", logEvery: 3)
    let (one, several) = (try weights("one"), try weights("several"))
    #expect(relativeError(several, one.map(Double.init)) < 1e-5)
    // Twelve steps have moved the weights by far more than that.
    let initial = try configuration.network.initialWeights(for: ImageSize(side: 16), seed: configuration.seed)
    #expect(relativeError(initial, one.map(Double.init)) > 1e-2)

    for (alone, together) in zip(try folder.metrics("one"), try folder.metrics("several")) {
      #expect(alone.epoch == together.epoch && alone.steps == together.steps)
      #expect(abs(alone.train.loss! - together.train.loss!) < 1e-5)
      #expect(abs(alone.validation!.loss! - together.validation!.loss!) < 1e-5)
      #expect(alone.train.accuracy == together.train.accuracy)
      #expect(alone.validation?.accuracy == together.validation?.accuracy)
      #expect(abs(alone.keepFraction! - together.keepFraction!) < 1e-9)
    }
    #expect(try folder.names("several") == (try folder.names("one") + ["steps.jsonl"]).sorted())
    let steps = try String(contentsOf: folder.url("several/steps.jsonl"), encoding: .utf8).split(separator: "\n")
    #expect(steps.count == 4)
  }

  @Test func theSameNumberOfProcessesGivesTheSameBytes() async throws {
    try await train(Self.configuration, count: 2, in: "first")
    try await train(Self.configuration, count: 2, in: "second")
    #expect(try folder.result("first") == folder.result("second"))
  }

  /// One process is asked to stop, and all stop after the same step: in the first epoch, in its validation, in the
  /// second.
  @Test(arguments: [2, 5, 8])
  func processesStopTogetherAndGoOn(asked: Int) async throws {
    try await train(Self.configuration, count: 2, in: "whole")
    let times = Mutex(0)
    let error = await #expect(throws: BackdropError.self) {
      try await train(Self.configuration, count: 2, in: "stopped") { rank in
        rank == 1
          && times.withLock { times in
            times += 1
            return times > asked
          }
      }
    }
    #expect(error?.code == .interrupted)
    try await train(Self.configuration, count: 2, in: "stopped", policy: .resume)
    #expect(try folder.result("stopped") == folder.result("whole"))
    // Finished: nothing is left to do, for any of them.
    try await train(Self.configuration, count: 2, in: "stopped", policy: .resume)
    #expect(try folder.result("stopped") == folder.result("whole"))
  }

  /// The first process alone measures the pixels, and stops there; the others must not wait for it.
  @Test(.timeLimit(.minutes(15))) func processesStopTogetherBeforeTheFirstStep() async throws {
    let rendezvous = Rendezvous(count: 2)
    let codes = try await withThrowingTaskGroup(of: BackdropError.Code?.self) { tasks in
      for rank in 0..<2 {
        let trainer = try Trainer(
          Self.configuration, on: folder.source(), in: folder("none"),
          group: TrainingGroup(rank: rank, of: 2, rendezvous.rank(rank)))
        tasks.addTask {
          do {
            _ = try await trainer.run(shouldStop: { rank == 0 })
            return nil
          } catch let error as BackdropError {
            return error.code
          }
        }
      }
      return try await tasks.reduce(into: []) { $0.append($1) }
    }
    #expect(codes == [BackdropError.Code.interrupted, .interrupted])
  }

  /// A run goes on with another number of processes, to the same result but for rounding.
  @Test func anotherNumberOfProcessesGoesOn() async throws {
    try await train(Self.configuration, count: 2, in: "whole")
    let times = Mutex(0)
    _ = try? await train(Self.configuration, count: 4, in: "stopped") { rank in
      rank == 2
        && times.withLock { times in
          times += 1
          return times > 6
        }
    }
    try await train(Self.configuration, count: 1, in: "stopped", policy: .resume)
    #expect(relativeError(try weights("stopped"), try weights("whole").map(Double.init)) < 1e-5)
  }

  @Test func batchesThatLeaveAProcessWithoutSamplesAreRefused() async throws {
    var configuration = Self.configuration
    configuration.batchSize = 9
    var error = await #expect(throws: BackdropError.self) { try await check(configuration) }
    #expect(error?.message.contains("a batch of 9 samples for 2 processes") == true)
    #expect(error?.message.contains("--batch 10") == true)
    (configuration.batchSize, configuration.trainCount) = (8, 25)
    error = await #expect(throws: BackdropError.self) { try await check(configuration) }
    #expect(error?.message.contains("25 samples in batches of 8 leave 1") == true)
    #expect(error?.message.contains("--train-count 24") == true)
    #expect(error?.code == .invalidOptions)
    #expect(try folder.names("").isEmpty)
  }

  /// What the first of two processes says to a configuration.
  private func check(_ configuration: TrainingConfiguration) async throws {
    let group = TrainingGroup(rank: 0, of: 2, Rendezvous(count: 2).rank(0))
    _ = try await Trainer(configuration, on: folder.source(), in: folder("refused"), group: group).run()
  }
}
