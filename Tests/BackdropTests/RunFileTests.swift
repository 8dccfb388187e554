import Foundation
import Synchronization
import TextureStream
import Testing

@testable import Backdrop
@testable import TextureDataset

/// The untrusted inputs of a training: its folder, its own files, weights and pixels.
@Suite struct RunFileTests {
  private let folder: TrainingFolder

  init() throws { folder = try TrainingFolder() }

  private func refusal(
    _ configuration: TrainingConfiguration = .small(), in name: String = "run", policy: Trainer.Policy = .resume,
    weightsFrom: String? = nil
  ) async throws -> BackdropError {
    let trainer = folder.trainer(configuration, in: name, policy: policy, weightsFrom: weightsFrom)
    return try #require(await #expect(throws: BackdropError.self) { try await trainer.run() })
  }

  /// Two of three epochs, and the checkpoint after them.
  private func stopped() async throws -> Checkpoint {
    let limit = 4 + 1 + 4 + 1 + TrainingFolder.measuringBatches
    let asked = AskedTimes()
    _ = try? await folder.trainer(.small(), in: "run").run(shouldStop: { asked.next() > limit })
    let checkpoint = try Checkpoint(reading: folder("run/checkpoint.safetensors"))
    try #require(checkpoint.position.stream.epoch == 2 && checkpoint.position.step == 8)
    return checkpoint
  }

  /// A configuration that predates split versions is read and written back unchanged.
  @Test func configurationWithoutSplitVersionHasTheFirst() throws {
    let text = RunJSON.line(TrainingConfiguration.small())
    let old = text.replacingOccurrences(of: "\"split_version\":2,", with: "")
    try #require(old != text)
    let configuration = try RunJSON.decode(TrainingConfiguration.self, from: Data(old.utf8), file: "old")
    #expect(configuration.splitVersion == .circle)
    #expect(RunJSON.line(configuration) == old)
    #expect(RunJSON.line(TrainingConfiguration.small().keepingSplitVersion(of: configuration)) == old)
  }

  @Test func activationMemoryIsPartOfTheConfiguration() throws {
    var configuration = TrainingConfiguration.small()
    configuration.activationMemoryMiB = 64
    #expect(configuration.activationMemory == 67_108_864)
    let text = RunJSON.line(configuration)
    #expect(text.contains("\"activation_memory_mib\":64,"))
    #expect(try RunJSON.decode(TrainingConfiguration.self, from: Data(text.utf8), file: "new") == configuration)
    for memory in [0, 1_048_577, .max] {
      configuration.activationMemoryMiB = memory
      let error = #expect(throws: BackdropError.self) {
        try configuration.check(classCount: 2, size: ImageSize(side: 16))
      }
      #expect(error?.message == "activation memory of \(memory) MiB: expected 1 to 1048576")
    }
  }

  @Test func costsOfStepsAreSummedUp() throws {
    var (sums, scores) = (EpochSums(), Scores())
    (scores.samples, scores.targets, scores.outputs) = ([0, 1], [0, 1], [1, 0, 1, 0])
    #expect(sums.cost == nil)
    sums.add(scores, loss: 1, isBinary: false, cost: StepReport(keepFraction: 0.25, multiplyAdds: 3e9, keptBytes: 7))
    sums.add(scores, loss: nil, isBinary: false, cost: StepReport(keepFraction: 0.5, multiplyAdds: 2e9, keptBytes: 5))
    #expect(sums.cost == StepReport(keepFraction: 0.375, multiplyAdds: 5e9, keptBytes: 7))
    #expect(sums.fit(4, isBinary: false) && !sums.fit(3, isBinary: false))
    #expect(try RunJSON.decode(EpochSums.self, from: Data(RunJSON.line(sums).utf8), file: "sums") == sums)
    let metrics = EpochMetrics(epoch: 1, steps: 2, sums, method: .backdrop, validation: nil)
    let line = RunJSON.line(metrics)
    for part in [
      "\"keep_fraction\":0.375", "\"multiply_adds\":5000000000", "\"kept_bytes\":7", "\"method\":\"backdrop\"",
    ] {
      #expect(line.contains(part))
    }
    // Some of the epoch's steps were run by an earlier version of gpgen.
    sums.samples += 1
    #expect(sums.cost == nil)
  }

  @Test func networkWithMoreChannelsThanTexturesIsRefused() async throws {
    var configuration = TrainingConfiguration.small()
    configuration.network = Network(inputChannels: 3, layers: configuration.network.layers)
    let error = try await refusal(configuration, policy: .refuse)
    #expect(
      error.code == .invalidNetwork && error.message.hasPrefix("the network takes 3 channels, but textures have 1"))
    #expect(try folder.names("") == [])
  }

  @Test func moreStepsThanMasksCanBeDrawnForAreRefused() async throws {
    var configuration = TrainingConfiguration.small()
    for epochs in [Int.max, 1 << 32] {
      configuration.epochs = epochs
      #expect(try await refusal(configuration, policy: .refuse).code == .invalidOptions)
    }
    configuration.epochs = 1
    configuration.batchSize = .max
    #expect(try await refusal(configuration, policy: .refuse).code == .invalidOptions)
    #expect(try folder.names("") == [])
  }

  @Test func nonfiniteClipIsRefused() async throws {
    for clip in [Double.infinity, .nan] {
      var configuration = TrainingConfiguration.small()
      configuration.clip = clip
      #expect(try await refusal(configuration, policy: .refuse).code == .invalidOptions)
    }
  }

  @Test func overflowingLearningRateIsADivergence() async throws {
    var configuration = TrainingConfiguration.small()
    // 0 times infinity in the third epoch.
    (configuration.learningRate, configuration.schedule) = (0, Schedule(.step(every: 1, factor: 1e200)))
    let error = try await refusal(configuration, policy: .refuse)
    #expect(
      error.code == .diverged && error.message.hasPrefix("the learning rate is not a number at step 9, in epoch 3"))
  }

  @Test(arguments: [Float.nan, .infinity])
  func errorNamesASampleWithNonfinitePixels(value: Float) async throws {
    let file = folder("data.h5")
    let recipe = try Recipe(side: 16, lengthScales: [[1, 3]], weights: [1], seed: 3, samples: 40)
    _ = try DatasetGenerator(recipe: recipe, names: OutputNames(path: file, shardCount: 1), threads: 1).run()
    let handle = try FileHandle(forWritingTo: URL(filePath: file))
    try handle.seek(toOffset: UInt64(try ShardHeader(reading: file).layout.imageOffset + (13 * 256 + 77) * 4))
    try handle.write(contentsOf: withUnsafeBytes(of: value.bitPattern.littleEndian) { Data($0) })
    try handle.close()
    var configuration = TrainingConfiguration.small()
    configuration.validationFraction = 0
    let trainer = try Trainer(configuration, on: SampleSource(DatasetReader(file)), in: folder("run"))
    let error = await #expect(throws: BackdropError.self) { try await trainer.run() }
    #expect(
      error?.code == .unsuitableDataset
        && error?.message.hasPrefix("sample 13 has a pixel that is infinite or not a number") == true)
    #expect(try !folder.names("").contains("run"))
  }

  /// Impossible values, one at a time.
  private static let impossible: [(name: String, change: @Sendable (inout TrainingPosition) -> Void)] = [
    ("step", { $0.step = .max }), ("step less", { $0.step -= 1 }), ("optimizer", { $0.optimizerSteps = .max }),
    ("optimizer less", { $0.optimizerSteps = -1 }), ("epoch", { $0.stream.epoch = .max }),
    ("run seconds", { $0.seconds = -1 }), ("log", { $0.log = StepLog(bytes: -1) }),
    ("epoch less", { $0.stream.epoch = -1 }), ("position", { $0.stream.position = 9 }),
    ("seed", { $0.stream.seed += 1 }), ("samples", { $0.sums.samples = .max }),
    ("correct", { $0.sums.correct = 1 }), ("loss samples", { $0.sums.lossSamples = -1 }),
    ("undefined", { $0.sums.undefinedLosses = 1 }), ("logits", { ($0.sums.logits, $0.sums.targets) = ([1], [1]) }),
    ("wait", { $0.sums.waitSeconds = 1 }), ("metrics", { $0.metricsBytes = -1 }),
    ("best", { $0.best = TrainingPosition.Best(epoch: 3, score: 0.5) }),
  ]

  @Test func impossibleCheckpointIsRefused() async throws {
    let checkpoint = try await stopped()
    for (name, change) in Self.impossible {
      var changed = checkpoint
      change(&changed.position)
      try changed.write(to: folder("run/checkpoint.safetensors"))
      let error = try await refusal()
      #expect(
        error.code == .invalidFile && error.message.hasSuffix("has inconsistent values; the file is damaged"), "\(name)"
      )
    }
    // The values of the record itself are checked too.
    var changed = checkpoint
    changed.record.training.batchSize = 1 << 20
    try changed.write(to: folder("run/checkpoint.safetensors"))
    #expect(try await refusal().code == .invalidFile)
    try checkpoint.write(to: folder("run/checkpoint.safetensors"))
    #expect(try await folder.train(.small(), in: "run", policy: .resume) == folder.train(.small(), in: "whole"))
  }

  @Test(arguments: [
    (#""batch_size" : 9"#, #""batch_size" : 1152921504606846976"#), (#""batch_size" : 9"#, #""batch_size" : 1000"#),
    (#""epochs" : 3"#, #""epochs" : 9223372036854775807"#), (#""width" : 16"#, #""width" : -16"#),
    (#""validation_samples" : "#, #""validation_samples" : -"#),
    (#""training_samples" : "#, #""training_samples" : 9"#), (#""seed" : 5"#, #""seed" : -5"#),
  ])
  func impossibleConfigurationIsRefused(old: String, new: String) async throws {
    _ = try await folder.train(.small(), in: "run")
    let text = try String(contentsOf: folder.url("run/configuration.json"), encoding: .utf8)
    try #require(text.contains(old))
    try Data(text.replacing(old, with: new).utf8).write(to: folder.url("run/configuration.json"))
    let error = #expect(throws: BackdropError.self) { try TrainedRun(folder("run")) }
    #expect(error?.code == .invalidFile)
    #expect(error?.message.contains("run/configuration.json: ") == true)
  }

  @Test func missingMetricsAreNotMadeUp() async throws {
    _ = try await stopped()
    let whole = try Data(contentsOf: folder.url("run/metrics.jsonl"))
    try whole.dropLast(7).write(to: folder.url("run/metrics.jsonl"))
    let before = try Data(contentsOf: folder.url("run/checkpoint.safetensors"))
    let error = try await refusal()
    #expect(error.code == .invalidFile)
    #expect(error.message.contains("has \(whole.count - 7) bytes, but the checkpoint expects \(whole.count)"))
    #expect(try Data(contentsOf: folder.url("run/metrics.jsonl")) == whole.dropLast(7))
    #expect(try Data(contentsOf: folder.url("run/checkpoint.safetensors")) == before)
  }

  /// In a weights file, in a checkpoint, and in the weights of a run.
  @Test(arguments: [(Float.nan, "not a number"), (.infinity, "infinite")])
  func errorNamesNonfiniteWeights(value: Float, words: String) async throws {
    _ = try await folder.train(.small(), in: "run")
    let layout = try TrainingConfiguration.small().network.parameterLayout(side: 16)
    var checkpoint = try Checkpoint(reading: folder("run/checkpoint.safetensors"))
    let entry = try #require(layout.entries.first { $0.name == "4.bias" })
    checkpoint.weights[entry.range.upperBound - 1] = value
    try checkpoint.write(to: folder("run/checkpoint.safetensors"))
    try Safetensors.write(layout.tensors(checkpoint.weights), metadata: [:], to: folder("run/weights.safetensors"))
    let expected = "the tensor \"4.bias\" has an element that is \(words)"
    for file in ["weights.safetensors", "checkpoint.safetensors"] {
      let error = try await refusal(in: "new", policy: .refuse, weightsFrom: folder("run/\(file)"))
      #expect(error.code == .invalidFile && error.message.contains("run/\(file): \(expected)"))
    }
    let resumed = try await refusal()
    #expect(resumed.code == .invalidFile && resumed.message.contains(expected))
    let read = #expect(throws: BackdropError.self) { try TrainedRun(folder("run")) }
    #expect(read?.code == .invalidFile && read?.message.contains(expected) == true)
    #expect(try !folder.names("").contains("new"))
  }

  @Test func unreadableFolderIsNotTakenForEmpty() throws {
    let error = #expect(throws: BackdropError.self) { try RunFolder.names(in: folder("none")) }
    #expect(error?.code == .fileSystem && error?.message.contains("cannot read the folder: No such file") == true)
  }

  @Test func recordIsReadWithoutWeights() async throws {
    #expect(try RunRecord.inFolder(folder("none")) == nil)
    _ = try await folder.train(.small(), in: "run")
    let record = try TrainedRun(folder("run")).record
    for name in try folder.names("run") where name.hasSuffix(".safetensors") {
      try FileManager.default.removeItem(at: folder.url("run/\(name)"))
    }
    #expect(try RunRecord.inFolder(folder("run")) == record)
    try FileManager.default.removeItem(at: folder.url("run/configuration.json"))
    try FileManager.default.createDirectory(
      at: folder.url("run/configuration.json"), withIntermediateDirectories: false)
    let error = #expect(throws: BackdropError.self) { try RunRecord.inFolder(folder("run")) }
    #expect(error?.code == .invalidFile)
  }

  /// The final weights stay until they are replaced.
  @Test func finalWeightsStayWhileMoreEpochsAreTrained() async throws {
    var longer = TrainingConfiguration.small()
    longer.schedule = Schedule(.constant)
    var shorter = longer
    shorter.epochs = 2
    let short = try await folder.train(shorter, in: "run")
    _ = try? await folder.trainer(longer, in: "run", policy: .resume).run(shouldStop: { true })
    #expect(try Data(contentsOf: folder.url("run/weights.safetensors")) == short.weights)
    let names = try folder.names("run")
    #expect(names.contains("confusion.txt") && !names.contains("evaluation.json"))
    #expect(try await folder.train(longer, in: "run", policy: .resume) == folder.train(longer, in: "whole"))
    // A new run removes them.
    let asked = AskedTimes()
    _ = try? await folder.trainer(shorter, in: "run", policy: .replace).run(
      shouldStop: { asked.next() > TrainingFolder.measuringBatches })
    #expect(try !folder.names("run").contains("weights.safetensors"))
  }
}

/// How often a trainer has asked whether to stop.
private final class AskedTimes: Sendable {
  private let times = Mutex(0)

  func next() -> Int {
    times.withLock { times in
      times += 1
      return times
    }
  }
}
