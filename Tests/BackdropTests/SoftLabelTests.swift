import Foundation
import TextureDataset
import TextureStream
import Testing

@testable import Backdrop

/// Trainings with class probabilities as targets.
@Suite struct SoftLabelTests {
  private let folder: TrainingFolder
  private let source: SampleSource

  init() throws {
    folder = try TrainingFolder()
    source = try folder.source()
  }

  /// Class probabilities of all samples of the source: `certainty` for the true class.
  private func labels(
    certainty: Double, path: String = "/a/posteriors.h5", hash: String = "a", samples: Int = 40
  ) throws -> SoftLabels {
    try SoftLabels(
      SoftLabels.File(path: path, hash: hash), datasetHash: source.recipe.datasetHash,
      classNames: ["1", "3"], samples: Array(0..<samples),
      logProbabilities: (0..<samples).flatMap { sample in
        (0..<2).map { log($0 == sample % 2 ? certainty : 1 - certainty) }
      })
  }

  private func train(
    _ labels: SoftLabels?, in name: String, _ configuration: TrainingConfiguration = .small(),
    policy: Trainer.Policy = .refuse
  ) async throws -> TrainingFolder.Result {
    _ = try await Trainer(configuration, on: source, in: folder(name), softLabels: labels, policy: policy).run()
    return try folder.result(name)
  }

  @Test func certainLabelsTrainAsTheClassesDo() async throws {
    let hard = try await train(nil, in: "hard")
    let soft = try await train(labels(certainty: 1), in: "soft")
    #expect(soft == hard)
    let uncertain = try await train(labels(certainty: 0.75), in: "uncertain")
    #expect(uncertain.weights != hard.weights)
    let record = try #require(try RunRecord.inFolder(folder("uncertain")))
    #expect(record.training.softLabels == SoftLabels.File(path: "/a/posteriors.h5", hash: "a"))
    #expect(record.differences(from: record).isEmpty)
  }

  /// The file may have moved, but its contents must be the same.
  @Test func resumedTrainingNeedsTheSameLabels() async throws {
    let first = try await train(labels(certainty: 0.75), in: "run")
    #expect(try await train(labels(certainty: 0.75, path: "/b.h5"), in: "run", policy: .resume) == first)
    for other in [nil, try labels(certainty: 0.75, hash: "b")] {
      let error = await #expect(throws: BackdropError.self) { try await train(other, in: "run", policy: .resume) }
      #expect(error?.code == .foreignCheckpoint && error?.message.contains("soft_labels.hash") == true)
    }
  }

  @Test func labelsOfOtherSamplesAreRefused() async throws {
    let other = try SoftLabels(
      SoftLabels.File(path: "p.h5", hash: "a"), datasetHash: String(repeating: "0", count: 64), classNames: ["1", "3"],
      samples: [0], logProbabilities: [0, -.infinity])
    let names = try SoftLabels(
      SoftLabels.File(path: "p.h5", hash: "a"), datasetHash: source.recipe.datasetHash, classNames: ["1", "4"],
      samples: [0], logProbabilities: [0, -.infinity])
    for (labels, message) in [
      (other, "p.h5: belongs to dataset 000000000000"), (names, "p.h5: its classes are 1, 4"),
      (try labels(certainty: 1, samples: 39), "has no probabilities for sample 39"),
    ] {
      let error = await #expect(throws: BackdropError.self) { try await train(labels, in: "run") }
      #expect(error?.code == .unsuitableDataset && error?.message.contains(message) == true)
    }
    var binary = TrainingConfiguration.small(outputs: 1)
    (binary.loss, binary.positiveClasses) = (.softF1, [1])
    let error = await #expect(throws: BackdropError.self) { try await train(labels(certainty: 1), in: "run", binary) }
    #expect(error?.code == .invalidOptions)
    #expect(try folder.names("") == [])
  }

  @Test func rowsThatAreNoProbabilitiesAreRefused() {
    for (samples, values) in [
      ([0], [log(0.5), log(0.6)]), ([0], [.nan, 0]), ([3, 3], [0, -.infinity, 0, -.infinity]),
    ] {
      let error = #expect(throws: BackdropError.self) {
        try SoftLabels(
          SoftLabels.File(path: "p.h5", hash: "a"), datasetHash: "", classNames: ["1", "3"], samples: samples,
          logProbabilities: values)
      }
      #expect(error?.code == .invalidFile)
    }
  }
}
