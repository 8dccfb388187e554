import Foundation
import Synchronization
import TextureDataset
import TextureStream
import Testing

@testable import Backdrop

/// Trainings that predict continuous labels.
@Suite struct RegressionTests {
  private let folder: TrainingFolder
  private let recipe: Recipe

  init() throws {
    folder = try TrainingFolder()
    recipe = try Self.recipe()
  }

  private static func recipe(seed: UInt64 = 3, nu: String = "0.5") throws -> Recipe {
    try Recipe(
      yaml: """
        side: 16
        samples: 40
        seed: \(seed)
        weights: [1, 0.5]
        noise: 1
        candidates:
          - - {covariance: squared_exponential, length_scale: {uniform: [1, 4]}}
          - - {covariance: matern, length_scale: 2, nu: \(nu)}
            - {covariance: matern, length_scale: 6, nu: 1.5}
        """, file: "recipe.yaml")
  }

  private func configuration(_ targets: [RegressionTarget]) -> TrainingConfiguration {
    var configuration = TrainingConfiguration.small(outputs: targets.count)
    (configuration.loss, configuration.targets) = (.meanSquaredError, targets)
    return configuration
  }

  private let targets = [RegressionTarget("length_scale", scale: 0), RegressionTarget("nu", scale: 1)]

  private func trainer(
    _ name: String, _ configuration: TrainingConfiguration, policy: Trainer.Policy = .refuse
  ) throws -> Trainer {
    try Trainer(configuration, on: SampleSource(recipe), in: folder(name), policy: policy)
  }

  /// The prior of a uniform range from 1 to 4 and, for the second scale, of a mixture of 1.5 and a log-uniform range
  /// from 0.5 to 2.
  @Test func labelsAreStandardizedByTheirPrior() throws {
    let recipe = try Self.recipe(nu: "{log_uniform: [0.5, 2]}")
    let standardization = try RegressionLabels(targets, of: recipe).standardization
    #expect(agree(standardization[0].mean, 2.5, relative: 1e-15))
    #expect(agree(standardization[0].standardDeviation, 3 / 12.0.squareRoot(), relative: 1e-14))
    // By integrating on a grid of midpoints in the logarithm.
    let values = (0..<100_000).map { 0.5 * pow(4, (Double($0) + 0.5) / 100_000) }
    let mean = (values.reduce(0, +) / 100_000 + 1.5) / 2
    let square = (values.reduce(0) { $0 + $1 * $1 } / 100_000 + 1.5 * 1.5) / 2
    #expect(agree(standardization[1].mean, mean, relative: 1e-8))
    #expect(agree(standardization[1].standardDeviation, (square - mean * mean).squareRoot(), relative: 1e-7))
  }

  @Test func labelsAreTheParametersOfTheSample() throws {
    let values = try RegressionLabels(targets, of: recipe).values(ofSamples: [4, 5])
    let covariances = [4, 5].map {
      recipe.field.covariances(ofSample: $0, choices: recipe.choices(ofClass: $0 % 2), seed: recipe.seed)
    }
    #expect(values[0] == covariances[0][0].lengthScale && values[2] == covariances[1][0].lengthScale)
    #expect(values[1] == covariances[0][1].parameters["nu"]?.fixed && values[3] == 1.5)
  }

  @Test(arguments: [
    ("length_scale:2", "the dataset has 2 scales"),
    ("nu:0", "squared_exponential, a candidate of scale 0, has no parameter nu"),
    ("ratio:0", "is 1.0 in every sample"),
  ])
  func invalidLabelIsRefused(name: String, message: String) async throws {
    let target = try #require(RegressionTarget(name))
    let trainer = try trainer("run", configuration([target]))
    let error = await #expect(throws: BackdropError.self) { try await trainer.run() }
    #expect(error?.code == .invalidOptions)
    #expect(error?.message.hasPrefix("target \(name): ") == true && error?.message.contains(message) == true)
    #expect(try folder.names("") == [])
  }

  @Test func namesOfTargetsAreReadBack() {
    #expect(RegressionTarget("length_scale:0") == RegressionTarget("length_scale", scale: 0))
    for name in ["length_scale", "length_scale:", ":0", "length_scale:-1", "a:0:1"] {
      #expect(RegressionTarget(name) == nil)
    }
  }

  @Test func trainingLeavesMetricsInTheUnitsOfTheLabels() async throws {
    let summary = try await trainer("run", configuration(targets)).run()
    let record = try #require(try RunRecord.inFolder(folder("run")))
    #expect(record.targetStandardization?.map(\.name) == ["length_scale:0", "nu:1"])
    let lines = try folder.metrics("run")
    #expect(lines.count == 3)
    for line in lines {
      let validation = try #require(line.validation)
      #expect(validation.accuracy == nil && validation.scaleAccuracy == nil && validation.rocAUC == nil)
      for measures in [line.train, validation] {
        let errors = try #require(measures.meanSquaredError)
        #expect(errors.count == 2 && measures.rootMeanSquaredError == errors.map { $0.squareRoot() })
        // The loss is the mean of the standardized errors.
        let standardized = zip(errors, record.targetStandardization ?? []).map {
          $0 / ($1.standardDeviation * $1.standardDeviation)
        }
        #expect(agree(try #require(measures.loss), standardized.reduce(0, +) / 2, relative: 1e-5))
      }
    }
    let losses = try lines.map { try #require($0.validation?.loss) }
    #expect(summary.bestEpoch == losses.firstIndex(of: losses.min() ?? 0).map { $0 + 1 })
    #expect(try !folder.names("run").contains("confusion.txt"))

    let predictor = try Predictor(TrainedRun(folder("run")))
    let test = try SampleSource(Self.recipe(seed: 4))
    let scores = try await predictor.scores(of: test)
    let evaluation = try await predictor.evaluate(on: test, ceiling: .always)
    guard case .regression(let report) = evaluation.report else {
      Issue.record("a regression has its report")
      return
    }
    let rows = try scores.csv(record).split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    #expect(
      rows[0] == [
        "sample", "label", "target_length_scale:0", "prediction_length_scale:0", "target_nu:1", "prediction_nu:1",
      ])
    let squares = try rows.dropFirst().map { row in
      let error = try #require(Double(row[3])) - #require(Double(row[2]))
      return error * error
    }
    #expect(squares.count == 40)
    #expect(agree(report.targets[0].meanSquaredError, squares.reduce(0, +) / 40, relative: 1e-9))
    // The posterior mean of the length scale is far better than this network.
    let ceiling = try #require(evaluation.ceiling?.targets)
    #expect(ceiling[0].meanSquaredError < 0.5 * report.targets[0].meanSquaredError)
    let footprint = try await predictor.footprint(of: 3, in: test, masks: false)
    #expect(footprint.nonzeroFraction > 0.5 && footprint.loss > 0)
  }

  @Test func resumedRegressionIsTheUninterruptedOne() async throws {
    // Crops have no ceiling, whose computation would take time.
    var configuration = configuration(targets)
    configuration.augmentation = Augmentation(crop: 12)
    _ = try await trainer("whole", configuration).run()
    let asked = Mutex(0)
    let stopped = try trainer("stopped", configuration)
    _ = try? await stopped.run(
      shouldStop: {
        asked.withLock { asked in
          asked += 1
          return asked > 7 + TrainingFolder.measuringBatches
        }
      })
    let checkpoint = try Checkpoint(reading: folder("stopped/checkpoint.safetensors"))
    #expect(checkpoint.position.sums.regression.count == 2 && checkpoint.position.step == 6)
    _ = try await trainer("stopped", configuration, policy: .resume).run()
    #expect(try folder.result("stopped") == folder.result("whole"))
    var other = configuration
    other.targets.reverse()
    let refused = try trainer("stopped", other, policy: .resume)
    let error = await #expect(throws: BackdropError.self) { try await refused.run() }
    #expect(error?.code == .foreignCheckpoint && error?.message.contains("targets") == true)
  }

  /// There are no classes to distinguish, but there is a range to predict.
  @Test func datasetOfOneClassSuffices() async throws {
    let recipe = try Recipe(
      yaml: """
        side: 16
        samples: 30
        candidates: [[{covariance: squared_exponential, length_scale: {log_uniform: [1, 4]}}]]
        """, file: "recipe.yaml")
    var configuration = configuration([targets[0]])
    configuration.epochs = 1
    let trainer = try Trainer(configuration, on: SampleSource(recipe), in: folder("run"))
    let evaluation = try #require(try await trainer.run().evaluation)
    #expect(evaluation.accuracy == nil && evaluation.lossName == "mse")
  }

  @Test func targetsAndTheLossGoTogether() throws {
    for (loss, targets, message) in [
      (Loss.meanSquaredError, [], "name at least one with --target"),
      (.crossEntropy, [targets[0]], "targets are for the loss mse"),
      (.meanSquaredError, [targets[0], targets[0]], "name each once"),
    ] {
      var configuration = TrainingConfiguration.small(outputs: 2)
      (configuration.loss, configuration.targets) = (loss, targets)
      let error = #expect(throws: BackdropError.self) {
        try configuration.check(classCount: 2, size: ImageSize(side: 16))
      }
      #expect(error?.message.contains(message) == true)
    }
  }
}
