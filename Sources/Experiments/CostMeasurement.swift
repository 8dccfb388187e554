import Backdrop
import Foundation
import TextureDataset
import TextureStream

/// Measures the cost of a step of each method on this machine.
public struct CostMeasurement: Sendable {
  private let experiment: Experiment
  private static let rounds = 5
  private static let steps = 60

  /// Creates a measurement.
  ///
  /// - Parameter experiment: the experiment. Its first dataset and network are used, with the maximum number of
  ///   training textures.
  public init(_ experiment: Experiment) { self.experiment = experiment }

  /// The median step time of each method, relative to the baseline's.
  ///
  /// The methods take turns, so that a slowdown of the machine affects all of them.
  ///
  /// - Parameters:
  ///   - shouldStop: called before each batch; true stops the measurement.
  ///   - report: called with the number of finished runs and the total.
  /// - Throws: ``ExperimentError``, with code `.interrupted` if it was stopped.
  public func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    report: @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws(ExperimentError) -> [(method: String, cost: Double)] {
    let count = experiment.methods.count
    var seconds = [[Double]](repeating: [], count: count)
    for round in 0..<Self.rounds {
      for method in 0..<count {
        report(round * count + method, Self.rounds * count)
        seconds[method].append(try await time(method, shouldStop: shouldStop))
      }
    }
    let medians = seconds.map { $0.sorted()[Self.rounds / 2] }
    let baseline = experiment.methods.firstIndex(of: experiment.baseline) ?? 0
    return zip(experiment.methods, medians).map { ($0, $1 / medians[baseline]) }
  }

  /// Seconds per texture of a short training run, without the time spent waiting for textures.
  private func time(_ method: Int, shouldStop: @escaping @Sendable () -> Bool) async throws(ExperimentError) -> Double {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gpgen-costs-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let cell = Cell(
      dataset: 0, network: 0, method: method, samples: experiment.trainingSamples.max() ?? 1, budget: .steps,
      nominalSteps: Self.steps, seed: 0, trialLearningRate: nil)
    let recipe = try experiment.datasets[0].recipe(samples: cell.samples, seed: 0)
    let configuration = try experiment.configuration(of: cell, learningRate: nil)
    do {
      let trainer = try Trainer(configuration, on: try SampleSource(recipe), in: folder)
      let summary = try await trainer.run(shouldStop: shouldStop)
      return summary.seconds * (1 - summary.dataWaitFraction) / Double(max(1, summary.images))
    } catch {
      throw ExperimentError(
        (error as? BackdropError)?.code == .interrupted ? .interrupted : .failedCell,
        "\(experiment.methods[method]): \(error)", cause: error)
    }
  }
}
