import Backdrop
import Foundation
import TextureDataset
import TextureStream

@testable import Report

/// A temporary folder for datasets, runs and reports, removed at the end of a test.
final class ReportFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "gpgen-report-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ text: String, to name: String) throws {
    let file = URL(filePath: self(name))
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func make(_ recipe: Recipe, _ name: String = "data.h5") throws {
    try FileManager.default.createDirectory(
      at: URL(filePath: self(name)).deletingLastPathComponent(), withIntermediateDirectories: true)
    _ = try DatasetGenerator(
      recipe: recipe, names: OutputNames(path: self(name), shardCount: 1), policy: .refuse, threads: 2
    ).run()
  }

  /// Trains a small network on a dataset of the folder for 3 epochs.
  func train(_ name: String = "run", on data: String = "data.h5", outputs: Int = 4, loss: Loss = .crossEntropy)
    async throws
  {
    let configuration = TrainingConfiguration(
      network: Network(layers: [
        .convolution(4, kernel: 3, stride: 2, padding: 1), .relu, .backdrop(0.5), .globalAveragePool, .flatten,
        .linear(outputs),
      ]), loss: loss, positiveClasses: loss.isBinary ? [1, 3] : [],
      targets: loss.isRegression ? [RegressionTarget("length_scale", scale: 0)] : [], batchSize: 8, epochs: 3,
      threads: 1)
    let source = try SampleSource(DatasetReader(self(data)))
    _ = try await Trainer(configuration, on: source, in: self(name)).run()
  }

  func report(_ names: String...) async throws -> String {
    try await HTMLReport(try names.map { try ReportSubject(self($0)) }, threads: 2).html()
  }
}

extension Recipe {
  /// 40 textures of 16 x 16 in four classes.
  static func small() throws -> Recipe {
    try Recipe(side: 16, lengthScales: [[1, 1.5], [3, 4]], weights: [0.75, 1.25], seed: 7, samples: 40)
  }
}
