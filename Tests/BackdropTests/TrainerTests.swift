import Foundation
import Synchronization
import TextureDataset
import TextureStream
import Testing

@testable import Backdrop

@Suite struct TrainerTests {
  private let folder: TrainingFolder

  init() throws { folder = try TrainingFolder() }

  /// 64 x 64, length scales 4 and 16 pixels, the reference network: 3 epochs of 160 samples. By chance, 95% of 40
  /// samples are right less than once in 10^9 runs.
  @Test func easyDatasetIsLearned() async throws {
    let source = try SampleSource(Recipe(side: 64, lengthScales: [[4, 16]], weights: [1], samples: 200))
    let network = try Network.reference(
      side: 64, outputs: 2, fineMask: TrainingDefaults.fineMask, coarseMask: TrainingDefaults.coarseMask)
    let trainer = try Trainer(
      TrainingConfiguration(network: network, epochs: 3, threads: 1), on: source, in: folder("run"))
    let summary = try await trainer.run()
    let evaluation = try #require(summary.evaluation)
    #expect(evaluation.split == .validation && evaluation.samples == 40)
    #expect(try #require(evaluation.accuracy) > 0.95)
    #expect(summary.images == 3 * 160)

    // Other textures of these classes, with the weights as they were written.
    let test = try SampleSource(Recipe(side: 64, lengthScales: [[4, 16]], weights: [1], seed: 1, samples: 60))
    let predictor = try Predictor(TrainedRun(folder("run")))
    #expect(predictor.run.defaultSplit(for: test) == nil)
    let accuracy = try await predictor.evaluate(on: test).accuracy
    #expect(try #require(accuracy) > 0.95)
  }

  @Test func sameSeedGivesTheSameMetricsAndWeights() async throws {
    let first = try await folder.train(.small(), in: "first")
    #expect(try await folder.train(.small(), in: "second") == first)
    var other = TrainingConfiguration.small()
    other.seed = 6
    #expect(try await folder.train(other, in: "other") != first)
  }

  /// Stopped within the first epoch, in its validation, after it, within the second epoch, and in its validation; with
  /// and without a checkpoint at each step. An epoch has 4 batches and one of validation.
  @Test(arguments: [(asked: 1, steps: 1), (4, 4), (5, 4), (7, 6), (9, 8)], [false, true])
  func resumedTrainingIsTheUninterruptedOne(stop: (asked: Int, steps: Int), oftenSaved: Bool) async throws {
    let uninterrupted = try await folder.train(.small(), in: "whole")
    let asked = Mutex(0)
    let trainer = folder.trainer(.small(), in: "stopped", checkpointEvery: oftenSaved ? .zero : .seconds(3600))
    let error = await #expect(throws: BackdropError.self) {
      try await trainer.run(
        shouldStop: {
          asked.withLock { asked in
            asked += 1
            return asked > stop.asked + TrainingFolder.measuringBatches
          }
        })
    }
    #expect(error?.code == .interrupted)
    #expect(error?.message.hasPrefix("stopped after step \(stop.steps) of 12; ") == true)
    #expect(try !folder.names("stopped").contains("weights.safetensors"))
    #expect(try await folder.train(.small(), in: "stopped", policy: .resume) == uninterrupted)
  }

  /// Adam's state is restored from the checkpoint, and two threads add in the same order every time.
  @Test func resumedTrainingOfTwoThreadsIsTheUninterruptedOne() async throws {
    var configuration = TrainingConfiguration.small()
    (configuration.optimizer, configuration.threads) = (.adam(), 2)
    let uninterrupted = try await folder.train(configuration, in: "whole")
    let asked = Mutex(0)
    _ = try? await folder.trainer(configuration, in: "stopped").run(
      shouldStop: {
        asked.withLock { asked in
          asked += 1
          return asked > 7 + TrainingFolder.measuringBatches
        }
      })
    #expect(try Checkpoint(reading: folder("stopped/checkpoint.safetensors")).position.step == 6)
    #expect(try await folder.train(configuration, in: "stopped", policy: .resume) == uninterrupted)
  }

  /// 40 samples in batches of 13: AUC is undefined for a single sample.
  @Test(arguments: [Loss.crossEntropy, .auc(.logistic), .auc(.squaredHinge), .softF1], [1, 2])
  func lastBatchMayBeOfOneSample(loss: Loss, threads: Int) async throws {
    var configuration = TrainingConfiguration.small(outputs: loss.isBinary ? 1 : 2)
    (configuration.loss, configuration.positiveClasses) = (loss, loss.isBinary ? [1] : [])
    (configuration.batchSize, configuration.validationFraction, configuration.threads) = (13, 0, threads)
    let summary = try await folder.trainer(configuration, in: "run").run()
    #expect(summary.images == 3 * 40)
    #expect(summary.weightsFile == folder("run/weights.safetensors"))
    let lines = try folder.metrics("run")
    #expect(lines.map(\.steps) == [4, 8, 12])
    if case .auc = loss { #expect(lines.allSatisfy { $0.undefinedLosses >= 1 }) }
  }

  /// A killed process leaves lines and weights that its checkpoint does not contain.
  @Test func resultsAfterTheCheckpointAreDiscarded() async throws {
    let uninterrupted = try await folder.train(.small(), in: "whole")
    let stopped = Mutex(false)
    let trainer = folder.trainer(.small(), in: "killed", checkpointEvery: .seconds(3600))
    _ = try? await trainer.run(shouldStop: { stopped.withLock { $0 } }) { event in
      if case .epoch = event { stopped.withLock { $0 = true } }
    }
    let metrics = try Data(contentsOf: folder.url("killed/metrics.jsonl"))
    try (metrics + Data("{\"epoch\": 2, \"st".utf8)).write(to: folder.url("killed/metrics.jsonl"))
    try Data("half".utf8).write(to: folder.url("killed/checkpoint.safetensors.partial"))
    #expect(try await folder.train(.small(), in: "killed", policy: .resume) == uninterrupted)
  }

  @Test func moreEpochsContinueFromTheEnd() async throws {
    var longer = TrainingConfiguration.small()
    longer.schedule = Schedule(.constant)
    var shorter = longer
    shorter.epochs = 2
    let whole = try await folder.train(longer, in: "whole")
    _ = try await folder.train(shorter, in: "raised")
    #expect(try await folder.train(longer, in: "raised", policy: .resume) == whole)
    // Fewer epochs than those of the run are refused.
    let error = await #expect(throws: BackdropError.self) {
      try await folder.train(shorter, in: "raised", policy: .resume)
    }
    #expect(error?.code == .foreignCheckpoint)
  }

  /// A run started with the first split version keeps its samples when it is resumed with a current configuration.
  @Test func resumedRunKeepsItsSplitVersion() async throws {
    var today = TrainingConfiguration.small()
    today.schedule = Schedule(.constant)
    #expect(today.splitVersion == .exact)
    var old = today
    old.splitVersion = .circle
    let whole = try await folder.train(old, in: "whole")
    old.epochs = 2
    _ = try await folder.train(old, in: "raised")
    #expect(try await folder.train(today, in: "raised", policy: .resume) == whole)
    #expect(try TrainedRun(folder("raised")).record.training.splitVersion == .circle)
    #expect(try await folder.train(today, in: "today") != whole)
  }

  /// The samples that a run was trained on are not in the validation part of its dataset after the dataset has grown.
  @Test func grownDatasetIsEvaluatedWithTheRunsOwnSplit() async throws {
    _ = try await folder.train(.small(), in: "run")
    let predictor = try Predictor(TrainedRun(folder("run")))
    let grown = try SampleSource(Recipe(side: 16, lengthScales: [[1, 3]], weights: [1], seed: 3, samples: 90))
    #expect(predictor.run.defaultSplit(for: grown) == .validation)
    #expect(
      try await predictor.scores(of: grown, split: .validation).samples
        == predictor.scores(of: folder.source(), split: .validation).samples)
  }

  @Test func cosineScheduleIsNotExtended() async throws {
    let done = try await folder.train(.small(), in: "run")
    var longer = TrainingConfiguration.small()
    longer.epochs = 4
    let error = await #expect(throws: BackdropError.self) {
      try await folder.train(longer, in: "run", policy: .resume)
    }
    #expect(error?.code == .foreignCheckpoint)
    #expect(error?.message.contains("resume with --epochs 3 (runs with a constant or step schedule can") == true)
    #expect(try folder.result("run") == done)
  }

  /// Samples 0 and 9 have the same position in batches of 9.
  @Test func footprintsHaveTheMasksOfTheSamplesPositions() async throws {
    _ = try await folder.train(.small(), in: "run")
    let predictor = try Predictor(TrainedRun(folder("run")))
    func blocked(_ sample: Int) async throws -> [Bool] {
      try await predictor.footprint(of: sample, in: folder.source()).gradient.map { $0 == 0 }
    }
    let first = try await blocked(0)
    #expect(first.contains(true) && first.contains(false))
    #expect(try await blocked(5) != first)
    #expect(try await blocked(1) != blocked(5))
  }

  @Test func finishedRunHasNothingToDo() async throws {
    let done = try await folder.train(.small(), in: "run")
    let summary = try await folder.trainer(.small(), in: "run", policy: .resume).run()
    #expect(summary.wasFinished)
    #expect(try folder.result("run") == done)
  }

  @Test(arguments: [UpdateRule.sgd(momentum: 0.9, nesterov: true), .adam(), .adamW()])
  func zeroLearningRateChangesNoWeight(optimizer: UpdateRule) async throws {
    var configuration = TrainingConfiguration.small()
    (configuration.learningRate, configuration.epochs, configuration.optimizer) = (0, 1, optimizer)
    configuration.weightDecay = 0.1
    _ = try await folder.train(configuration, in: "run")
    let run = try TrainedRun(folder("run"))
    let initial = try configuration.network.initialWeights(side: 16, seed: configuration.seed)
    #expect(run.weights.map(\.bitPattern) == initial.map(\.bitPattern))
  }

  /// Errors name classes that differ, a dataset and a split.
  @Test func resumingWithOtherOptionsNamesTheDifferences() async throws {
    let done = try await folder.train(.small(), in: "run")
    func difference(_ change: (inout TrainingConfiguration) -> Void, seed: UInt64 = 3) async throws -> String {
      var configuration = TrainingConfiguration.small()
      change(&configuration)
      let trainer = folder.trainer(configuration, in: "run", policy: .resume, seed: seed)
      let error = await #expect(throws: BackdropError.self) { try await trainer.run() }
      #expect(error?.code == .foreignCheckpoint)
      return error?.message ?? ""
    }
    #expect(
      try await difference { $0.learningRate = 0.5 }.contains("differently: learning rate (0.01 there, 0.5 here);"))
    #expect(
      try await difference { $0.augmentation.flip = false }.contains("augmentation.flip (true there, false here)"))
    #expect(
      try await difference { $0.activationMemoryMiB = 64 }.contains("activation_memory_mib (256 there, 64 here)"))
    #expect(try await difference { $0.clip = nil }.contains("clip (1 there, none here)"))
    #expect(try await difference { $0.optimizer = .adam() }.contains("optimizer.name (sgd there, adam here)"))
    #expect(
      try await difference { $0.network = Network(layers: $0.network.layers.filter { $0 != .relu }) }
        .contains("differently: network;"))
    #expect(try await difference({ _ in }, seed: 4).contains("differently: the dataset's seed;"))
    #expect(try folder.result("run") == done)
  }

  /// oneDNN's threads belong to the calling thread.
  @Test func allWorkIsOnOneThread() async throws {
    let threads = Mutex<Set<ObjectIdentifier>>([])
    _ = try await folder.trainer(.small(), in: "run").run(shouldStop: {
      _ = threads.withLock { $0.insert(ObjectIdentifier(Thread.current)) }
      return false
    })
    #expect(threads.withLock { $0.count } == 1)
  }

  @Test func threadsMayDiffer() async throws {
    _ = try await folder.train(.small(), in: "run")
    var configuration = TrainingConfiguration.small()
    configuration.threads = 2
    #expect(try await folder.trainer(configuration, in: "run", policy: .resume).run().wasFinished)
  }

  /// One of two classes is positive; some batches of 3 have only one class.
  @Test(arguments: [Loss.auc(.logistic), .auc(.squaredHinge), .softF1])
  func binaryLossesTrainAndCountUndefinedBatches(loss: Loss) async throws {
    var configuration = TrainingConfiguration.small(outputs: 1)
    (configuration.loss, configuration.positiveClasses, configuration.batchMask) = (loss, [1], 0.5)
    configuration.batchSize = 3
    let whole = try await folder.train(configuration, in: "run")
    let lines = try folder.metrics("run")
    #expect(lines.count == 3)
    for line in lines {
      #expect(line.train.f1 != nil && line.train.rocAUC != nil && line.validation?.rocAUC != nil)
    }
    let undefined = lines.map(\.undefinedLosses).reduce(0, +)
    if case .auc = loss { #expect(undefined > 0) } else { #expect(undefined == 0) }
    // The epoch's logits are restored from a checkpoint.
    let asked = Mutex(0)
    _ = try? await folder.trainer(configuration, in: "stopped").run(
      shouldStop: {
        asked.withLock { asked in
          asked += 1
          return asked > 20
        }
      })
    #expect(try await folder.train(configuration, in: "stopped", policy: .resume) == whole)
  }

  @Test func divergenceStopsAndKeepsTheCheckpoint() async throws {
    var configuration = TrainingConfiguration.small()
    configuration.learningRate = 1e30
    configuration.clip = nil
    let error = await #expect(throws: BackdropError.self) { try await folder.train(configuration, in: "run") }
    #expect(error?.code == .diverged)
    let message = error?.message ?? ""
    #expect(message.contains(" at step 2, in epoch 1: ") && message.contains("lower learning rate than 1e+30"))
    let initial = try configuration.network.initialWeights(side: 16, seed: configuration.seed)
    #expect(try TrainedRun(folder("run"), weights: .last).weights == initial)
  }

  @Test func bestWeightsAreThoseOfTheBestEpoch() async throws {
    _ = try await folder.train(.small(), in: "run")
    let lines = try folder.metrics("run")
    let accuracies = lines.compactMap { $0.validation?.accuracy }
    let best = try #require(accuracies.max())
    let evaluation = try await Predictor(TrainedRun(folder("run"), weights: .best)).evaluate(
      on: folder.source(), split: .validation)
    #expect(evaluation.accuracy == best)
    #expect(EpochMetrics.Measures(evaluation) == lines.first { $0.validation?.accuracy == best }?.validation)
  }

  @Test func weightsOfAnotherRunAreUsed() async throws {
    _ = try await folder.train(.small(), in: "first")
    var configuration = TrainingConfiguration.small()
    (configuration.learningRate, configuration.epochs) = (0, 1)
    for file in ["weights.safetensors", "checkpoint.safetensors"] {
      _ = try await folder.trainer(configuration, in: "from-\(file)", weightsFrom: folder("first/\(file)")).run()
      #expect(
        try TrainedRun(folder("from-\(file)")).weights == TrainedRun(folder("first")).weights)
    }
    let wider = folder.trainer(.small(channels: 5), in: "wider", weightsFrom: folder("first/weights.safetensors"))
    let error = await #expect(throws: BackdropError.self) { try await wider.run() }
    #expect(error?.code == .foreignWeights)
    #expect(try !folder.names("").contains("wider"))
  }

  @Test func everythingIsTrainedOnWhereNothingIsSetAside() async throws {
    var configuration = TrainingConfiguration.small()
    configuration.validationFraction = 0
    _ = try await folder.train(configuration, in: "run")
    #expect(try folder.metrics("run").allSatisfy { $0.validation == nil })
    #expect(try !folder.names("run").contains("best.safetensors"))
    let summary = try TrainedRun(folder("run")).record.dataset
    #expect(summary.trainingSamples == 40 && summary.validationSamples == 0)
  }

  /// 16 of 32 samples: 2 batches. Only their pixels are measured, and they are evaluated as the training part.
  @Test func someOfTheTrainingPartAreTrainedOn() async throws {
    var configuration = TrainingConfiguration.small()
    (configuration.trainCount, configuration.splitVersion) = (16, .circle)
    let whole = try await folder.train(configuration, in: "run")
    #expect(try folder.metrics("run").map(\.steps) == [2, 4, 6])
    let run = try TrainedRun(folder("run"))
    #expect(run.record.dataset.trainingSamples == 16 && run.record.training.trainCount == 16)
    let scores = try await Predictor(run).scores(of: folder.source(), split: .train)
    let samples = scores.samples
    #expect(samples.count == 16 && samples.count { $0 % 2 == 0 } == 8)
    var pixels: [Double] = []
    for try await batch in try TextureStream(folder.source(), options: TextureStream.Options(batchSize: 1)) {
      if samples.contains(batch.samples[0]) { batch.withImages { pixels += $0.map(Double.init) } }
    }
    let mean = pixels.reduce(0, +) / Double(pixels.count)
    #expect(abs(Double(run.record.standardization.mean) - mean) < 1e-6)

    let asked = Mutex(0)
    _ = try? await folder.trainer(configuration, in: "stopped").run(
      shouldStop: {
        asked.withLock { asked in
          asked += 1
          return asked > 6
        }
      })
    #expect(try await folder.train(configuration, in: "stopped", policy: .resume) == whole)
    configuration.trainCount = 17
    let other = await #expect(throws: BackdropError.self) {
      try await folder.train(configuration, in: "run", policy: .resume)
    }
    #expect(other?.message.contains("train_count (16 there, 17 here)") == true)
    configuration.trainCount = 41
    let error = await #expect(throws: BackdropError.self) { try await folder.train(configuration, in: "more") }
    #expect(error?.code == .invalidOptions && error?.message.hasPrefix("41 samples to train on: ") == true)
  }

  /// Choosing all samples of the training part is the same as no choice.
  @Test func wholeTrainingPartIsTheSameAsNoChoice() async throws {
    let whole = try await folder.train(.small(), in: "whole")
    var configuration = TrainingConfiguration.small()
    configuration.trainCount = try TrainedRun(folder("whole")).record.dataset.trainingSamples
    #expect(try await folder.train(configuration, in: "run") == whole)
  }

  /// The mean and the standard deviation over the pixels of the training part, in double precision, as read from the
  /// stream.
  @Test func pixelsOfTheTrainingPartAreStandardized() async throws {
    _ = try await folder.train(.small(), in: "run")
    let rule = try SplitRule(.fractions(validation: 0.2, test: 0))
    var pixels: [Double] = []
    for try await batch in try TextureStream(
      folder.source(), options: TextureStream.Options(split: .train, splitRule: rule))
    {
      batch.withImages { pixels += $0.map(Double.init) }
    }
    let mean = pixels.reduce(0, +) / Double(pixels.count)
    let standardDeviation = (pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels.count)).squareRoot()
    let found = try TrainedRun(folder("run")).record.standardization
    #expect(abs(Double(found.mean) - mean) < 1e-6 * standardDeviation)
    #expect(abs(Double(found.standardDeviation) - standardDeviation) < 1e-6 * standardDeviation)
  }

  @Test func secondTrainerIsRefused() async throws {
    let held = try RunFolder(folder("run"), policy: .refuse)
    let error = await #expect(throws: BackdropError.self) { try await folder.train(.small(), in: "run") }
    #expect(error?.code == .outputExists)
    #expect(error?.message.contains("another process is training in it") == true)
    held.removeIfUnused()
    #expect(try folder.names("") == [])
  }
}
