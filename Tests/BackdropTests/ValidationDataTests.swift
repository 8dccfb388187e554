import Foundation
import Synchronization
import TextureDataset
import TextureStream
import Testing

@testable import Backdrop

/// Training with separate validation data.
@Suite struct ValidationDataTests {
  private let folder: TrainingFolder

  init() throws { folder = try TrainingFolder() }

  private func recipe(
    side: Int = 16, lengthScales: [[Double]] = [[1, 3]], noise: Double? = nil, seed: UInt64 = 11, samples: Int = 14
  ) throws -> SampleSource {
    var document = RecipeDocument(side: side, lengthScales: lengthScales, weights: lengthScales.map { _ in 1 })
    (document.noise, document.seed, document.samples) = (noise, seed, samples)
    return try SampleSource(try document.recipe())
  }

  private func trainer(
    _ configuration: TrainingConfiguration = .small(), on source: SampleSource? = nil,
    validatedOn validation: SampleSource?, in name: String, policy: Trainer.Policy = .refuse
  ) throws -> Trainer {
    try Trainer(
      configuration, on: source ?? folder.source(), validatedOn: validation, in: folder(name), policy: policy)
  }

  /// All samples are trained on, and the validation metrics are those of an evaluation.
  @Test func networkIsValidatedOnTheOtherData() async throws {
    let validation = try recipe()
    let trainer = try trainer(validatedOn: validation, in: "run")
    let summary = try await trainer.run()
    #expect(try trainer.validationNotes() == [])
    #expect(summary.images == 3 * 40)
    let run = try TrainedRun(folder("run"))
    #expect(run.record.dataset.trainingSamples == 40 && run.record.dataset.validationSamples == 0)
    #expect(run.record.training.validationFraction == 0)
    let recorded = try #require(run.record.validationDataset)
    #expect(recorded.hash == validation.recipe.datasetHash && recorded.samples == [0, 14])
    #expect(recorded.recipe == validation.recipe.canonicalJSON)

    let evaluation = try #require(summary.evaluation)
    #expect(evaluation.split == nil && evaluation.samples == 14 && evaluation.datasetHash == recorded.hash)
    let own = try await Predictor(run).evaluate(on: validation, ceiling: .ifAffordable)
    #expect(own.json == evaluation.json && own.ceiling != nil)
    let lines = try folder.metrics("run")
    #expect(lines.last?.validation == EpochMetrics.Measures(evaluation))
    #expect(lines[0].ceiling == evaluation.ceiling)
    let best = try await Predictor(TrainedRun(folder("run"), weights: .best)).evaluate(on: validation)
    #expect(best.accuracy == lines.compactMap { $0.validation?.accuracy }.max())

    // The training does not depend on what it is validated on.
    var whole = TrainingConfiguration.small()
    whole.validationFraction = 0
    #expect(try await folder.train(whole, in: "whole").weights == folder.result("run").weights)
    #expect(run.defaultSplit(for: validation) == nil)
    #expect(try run.defaultSplit(for: folder.source()) == .train)
  }

  @Test func resumedTrainingIsTheUninterruptedOne() async throws {
    let validation = try recipe()
    _ = try await trainer(validatedOn: validation, in: "whole").run()
    let asked = Mutex(0)
    _ = try? await trainer(validatedOn: validation, in: "stopped").run(shouldStop: {
      asked.withLock { asked in
        asked += 1
        return asked > 15
      }
    })
    #expect(try !folder.names("stopped").contains("weights.safetensors"))
    _ = try await trainer(validatedOn: validation, in: "stopped", policy: .resume).run()
    #expect(try folder.result("stopped") == folder.result("whole"))
  }

  @Test func resumeWithOtherValidationDataIsRefused() async throws {
    _ = try await trainer(validatedOn: recipe(), in: "run").run()
    _ = try await trainer(validatedOn: nil, in: "part").run()
    func difference(_ validation: SampleSource?, in name: String = "run") async throws -> String {
      let trainer = try trainer(validatedOn: validation, in: name, policy: .resume)
      let error = await #expect(throws: BackdropError.self) { try await trainer.run() }
      #expect(error?.code == .foreignCheckpoint)
      return error?.message ?? ""
    }
    #expect(try await difference(recipe(seed: 12)).contains("started differently: the validation data's seed;"))
    #expect(try await difference(recipe(noise: 0.1)).contains("started differently: the validation data's noise;"))
    #expect(
      try await difference(nil)
        .contains("started differently: the validation data (a separate dataset there, a part of the dataset here);"))
    #expect(
      try await difference(recipe(), in: "part")
        .contains("started differently: the validation data (a part of the dataset there, a separate dataset here);"))
  }

  /// The training data are 40 samples of seed 3.
  @Test func samplesOfTheTrainingDataAreRefused() async throws {
    for samples in [14, 40, 50] {
      let error = await #expect(throws: BackdropError.self) {
        try await trainer(validatedOn: recipe(seed: 3, samples: samples), in: "run").run()
      }
      #expect(error?.code == .unsuitableDataset)
      #expect(
        error?.message.contains(
          "not independent: its samples 0 to \(min(samples, 40) - 1) are also in the training data")
          == true)
    }
    #expect(try folder.names("") == [])
  }

  @Test func editedConfigurationIsRefused() async throws {
    var configuration = TrainingConfiguration.small()
    configuration.trainCount = 20
    let validation = try recipe()
    _ = try await trainer(configuration, validatedOn: validation, in: "run").run()
    let file = folder.url("run/configuration.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    for (old, new) in [
      (validation.recipe.datasetHash, String(repeating: "0", count: 64)),
      ("\"train_count\" : 20", "\"train_count\" : 21"),
      ("\"validation_fraction\" : 0", "\"validation_fraction\" : 0.5"),
      ("\"training_samples\" : 20", "\"training_samples\" : 41"),
    ] {
      let changed = text.replacingOccurrences(of: old, with: new)
      try #require(changed != text)
      try changed.write(to: file, atomically: true, encoding: .utf8)
      let error = #expect(throws: BackdropError.self) { try TrainedRun(folder("run")) }
      #expect(error?.code == .invalidFile, "\(new)")
    }
  }

  /// Two shards of one dataset have no sample in common.
  @Test func otherSamplesOfTheSameRecipeAreIndependent() async throws {
    let file = folder("data.h5")
    _ = try DatasetGenerator(
      recipe: folder.source().recipe, names: OutputNames(path: file, shardCount: 2), threads: 1
    ).run()
    let shards = try (0..<2).map {
      try SampleSource(DatasetReader(folder("data-0000\($0)-of-00002.h5")))
    }
    _ = try await trainer(on: shards[0], validatedOn: shards[1], in: "run").run()
    let run = try TrainedRun(folder("run"))
    #expect(run.record.validationDataset?.samples == [20, 40] && run.record.dataset.samples == [0, 20])
    #expect(run.defaultSplit(for: shards[1]) == nil && run.defaultSplit(for: shards[0]) == .train)
    let evaluation = try await Predictor(run).evaluate(on: shards[1])
    #expect(EpochMetrics.Measures(evaluation) == (try folder.metrics("run").last?.validation))
  }

  @Test func dataOfOtherSizesOrClassesIsRefused() async throws {
    func message(_ validation: SampleSource) async throws -> String {
      let error = await #expect(throws: BackdropError.self) {
        try await trainer(validatedOn: validation, in: "run").run()
      }
      #expect(error?.code == .unsuitableDataset)
      return error?.message ?? ""
    }
    #expect(try await message(recipe(side: 32)).contains("32 x 32 pixels, the training data of 16 x 16"))
    #expect(try await message(recipe(lengthScales: [[1, 2, 3]])).contains("has 3 classes, the training data has 2"))
    #expect(
      try await message(recipe(lengthScales: [[1], [2, 3]])).contains("has 1 x 2 classes, the training data has 2"))
    #expect(try folder.names("") == [])
  }

  /// Data with other noise or other length scales can be validated on, with notes.
  @Test func otherDistributionsAreNoted() async throws {
    let trainer = try trainer(validatedOn: recipe(lengthScales: [[1, 2.5]], noise: 0.1, seed: 3), in: "run")
    let notes = try trainer.validationNotes()
    #expect(notes.count == 2)
    #expect(notes.first?.contains("differs from the training data in length_scales, noise, so ") == true, "\(notes)")
    #expect(notes.last?.contains("has the seed of the training data") == true)
    let summary = try await trainer.run()
    #expect(summary.evaluation?.samples == 14)
  }

  /// The labels are those of the validation data.
  @Test func continuousLabelsAreThoseOfTheOtherData() async throws {
    var configuration = TrainingConfiguration.small(outputs: 1)
    configuration.loss = .meanSquaredError
    configuration.targets = [try #require(RegressionTarget("length_scale:0"))]
    let validation = try recipe(lengthScales: [[1, 2, 4]])
    let summary = try await trainer(configuration, validatedOn: validation, in: "run").run()
    let own = try await Predictor(TrainedRun(folder("run"))).evaluate(on: validation, ceiling: .ifAffordable)
    #expect(summary.evaluation?.json == own.json)
    guard case .regression(let report) = own.report else { throw BackdropError(.stream, "no regression") }
    #expect(report.targets.count == 1)
  }
}
