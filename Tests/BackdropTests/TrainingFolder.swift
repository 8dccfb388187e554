import Foundation
import TextureDataset
import TextureStream

@testable import Backdrop

/// A temporary folder for runs, removed at the end of a test.
final class TrainingFolder: Sendable {
  let path: String

  /// The results of a training, without times.
  struct Result: Equatable {
    /// The lines of metrics.jsonl without their times.
    let metrics: [String]
    let weights: Data
    let best: Data?
    let evaluation: Data
  }

  /// The number of batches in which the pixels of ``source(seed:)`` are measured, 4 to train on and 1 to validate. A
  /// trainer may be stopped before each of them too.
  static let measuringBatches = 5

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "gpgen-training-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  func url(_ name: String) -> URL { URL(filePath: self(name)) }

  func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: self(folder)).sorted()
  }

  /// 40 textures of 16 x 16 in two classes, of which about 32 are trained on in 4 batches.
  func source(seed: UInt64 = 3) throws -> SampleSource {
    try SampleSource(Recipe(side: 16, lengthScales: [[1, 3]], weights: [1], seed: seed, samples: 40))
  }

  func trainer(
    _ configuration: TrainingConfiguration, in name: String, policy: Trainer.Policy = .refuse, seed: UInt64 = 3,
    weightsFrom: String? = nil, checkpointEvery: Duration = .seconds(3600)
  ) -> Trainer {
    guard
      let trainer = try? Trainer(
        configuration, on: source(seed: seed), in: self(name), policy: policy, weightsFrom: weightsFrom,
        checkpointEvery: checkpointEvery)
    else { preconditionFailure("the recipe is a good one") }
    return trainer
  }

  /// Trains to the end.
  func train(
    _ configuration: TrainingConfiguration, in name: String, policy: Trainer.Policy = .refuse
  ) async throws -> Result {
    _ = try await trainer(configuration, in: name, policy: policy).run()
    return try result(name)
  }

  func result(_ name: String) throws -> Result {
    let times = ["seconds", "images_per_second", "data_wait_fraction"]
    let text = try String(contentsOf: url("\(name)/metrics.jsonl"), encoding: .utf8)
    let metrics = text.split(separator: "\n").map { line in
      line.split(separator: ",").filter { part in !times.contains { part.contains("\"\($0)\"") } }
        .joined(separator: ",")
    }
    return Result(
      metrics: metrics, weights: try Data(contentsOf: url("\(name)/weights.safetensors")),
      best: try? Data(contentsOf: url("\(name)/best.safetensors")),
      evaluation: try Data(contentsOf: url("\(name)/evaluation.json")))
  }

  func metrics(_ name: String) throws -> [EpochMetrics] {
    try String(contentsOf: url("\(name)/metrics.jsonl"), encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(EpochMetrics.self, from: Data($0.utf8))
    }
  }
}

extension TrainingConfiguration {
  /// A network of a few hundred weights that uses everything random, in 3 epochs of 4 batches, the last with fewer
  /// samples.
  static func small(outputs: Int = 2, channels: Int = 4) -> TrainingConfiguration {
    TrainingConfiguration(
      network: Network(layers: [
        .convolution(channels, kernel: 3, stride: 2, padding: 1), .relu,
        .dropout(0.2), .backdrop(0.5),
        .convolution(channels, kernel: 3, padding: 1), .relu, .globalAveragePool, .flatten,
        .linear(outputs),
      ]),
      optimizer: .sgd(momentum: 0.9, nesterov: false), learningRate: 0.01, weightDecay: 1e-4, clip: 1,
      schedule: Schedule(.cosine, warmUp: 2), batchSize: 9, epochs: 3, seed: 5,
      augmentation: Augmentation(flip: true, turn: true, roll: true), threads: 1)
  }
}
