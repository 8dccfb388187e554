import Backdrop
import TextureDataset

/// One training run of an experiment.
public struct Cell: Hashable, Sendable {
  /// The index of the dataset.
  let dataset: Int
  /// The index of the network.
  let network: Int
  /// The index of the method.
  let method: Int
  /// The number of training textures.
  public let samples: Int
  /// What all methods have in common.
  public let budget: Experiment.Budget
  /// The number of steps of the baseline.
  public let nominalSteps: Int
  /// The seed.
  public let seed: UInt64
  /// The learning rate under trial; nil for the runs that are reported.
  public let trialLearningRate: Double?

  /// The group of cells that share this cell's learning rate.
  var group: CellGroup { CellGroup(dataset: dataset, network: network, method: method) }
}

/// The cells of one dataset, network and method, for which one learning rate is chosen.
struct CellGroup: Hashable {
  let dataset: Int
  let network: Int
  let method: Int
}

extension Experiment {
  /// All groups of cells, in order.
  var groups: [CellGroup] {
    datasets.indices.flatMap { dataset in
      networks.indices.flatMap { network in
        methods.indices.map { CellGroup(dataset: dataset, network: network, method: $0) }
      }
    }
  }

  /// The maximum number of tasks that can share the experiment: a group of cells is never split.
  public var partCount: Int { groups.count }

  /// The cells of a group, one for each row of the results.
  func cells(of group: CellGroup) -> [Cell] {
    trainingSamples.flatMap { samples in
      budgets.flatMap { budget in
        steps.flatMap { steps in
          seeds.map { seed in
            Cell(
              dataset: group.dataset, network: group.network, method: group.method, samples: samples, budget: budget,
              nominalSteps: steps, seed: seed, trialLearningRate: nil)
          }
        }
      }
    }
  }

  /// The number of training textures for choosing learning rates: the median of the experiment's.
  var trialSamples: Int { trainingSamples.sorted()[trainingSamples.count / 2] }

  /// The runs that choose a group's learning rate; empty if there is no choice.
  func trials(of group: CellGroup) -> [Cell] {
    guard learningRates.count > 1 else { return [] }
    return learningRates.map { rate in
      Cell(
        dataset: group.dataset, network: group.network, method: group.method, samples: trialSamples, budget: .steps,
        nominalSteps: steps.max() ?? 1, seed: Self.trialSeed, trialLearningRate: rate)
    }
  }

  /// The cells of all rows of the results. Several may share a training run.
  public var cells: [Cell] { groups.flatMap { cells(of: $0) } }

  /// The cell that represents all cells with the same training run.
  ///
  /// A method that costs as much as the baseline trains for the same number of steps at equal cost and at equal steps.
  func training(of cell: Cell) -> Cell {
    guard cell.budget == .cost, budgets.contains(.steps), trainedSteps(of: cell) == cell.nominalSteps else {
      return cell
    }
    return Cell(
      dataset: cell.dataset, network: cell.network, method: cell.method, samples: cell.samples, budget: .steps,
      nominalSteps: cell.nominalSteps, seed: cell.seed, trialLearningRate: cell.trialLearningRate)
  }

  /// The reported runs of a group, without duplicates.
  func trainings(of group: CellGroup) -> [Cell] { cells(of: group).filter { training(of: $0) == $0 } }

  /// All reported runs, without duplicates.
  public var trainings: [Cell] { groups.flatMap { trainings(of: $0) } }

  /// The path of a cell's folder, relative to the experiment's.
  public func path(of cell: Cell) -> String {
    let names = "\(datasets[cell.dataset].name)/\(networks[cell.network])/\(methods[cell.method])"
    if let rate = cell.trialLearningRate { return "learning-rates/\(names)/rate-\(rate.shortest)" }
    let budget = cell.budget == .cost ? "-equal-cost" : ""
    return "cells/\(names)/\(cell.samples)-samples/\(cell.nominalSteps)-steps\(budget)/seed-\(cell.seed)"
  }

  /// The recipe of a cell's training textures.
  func recipe(of cell: Cell) throws(ExperimentError) -> Recipe {
    try datasets[cell.dataset].recipe(samples: cell.samples, seed: cell.seed)
  }

  /// The training configuration of a cell.
  ///
  /// - Parameter learningRate: the one chosen for its group; nil for the one in the settings.
  func configuration(of cell: Cell, learningRate: Double?) throws(ExperimentError) -> TrainingConfiguration {
    do {
      return try settings[cell.network][cell.method].configuration(
        for: try recipe(of: cell),
        steps: trainedSteps(of: cell),
        learningRate: cell.trialLearningRate ?? learningRate, seed: cell.seed, threads: threads)
    } catch let error as ExperimentError {
      throw error
    } catch {
      throw ExperimentError(.failedCell, "\(path(of: cell)): \(error)", cause: error)
    }
  }

  /// The relative work of a cell, for estimates of the remaining time: the pixels processed, times the relative cost of a
  /// step.
  public func relativeWork(of cell: Cell) -> Double {
    let settings = settings[cell.network][cell.method]
    let pixels = datasets[cell.dataset].recipe.field.shape.pixels
    let batch = min(settings.batch ?? TrainingDefaults.batchSize, cell.samples)
    return Double(trainedSteps(of: cell) * batch * pixels) * cost(of: methods[cell.method]) / cost(of: baseline)
  }

  /// The minimum number of steps that a cell is trained for; the last epoch is always completed.
  public func trainedSteps(of cell: Cell) -> Int {
    guard cell.budget == .cost else { return cell.nominalSteps }
    let ratio = cost(of: baseline) / cost(of: methods[cell.method])
    return max(1, Int((Double(cell.nominalSteps) * ratio).rounded()))
  }
}
