import Backdrop
import TextureDataset

/// One training of an experiment.
public struct Cell: Hashable, Sendable {
  /// The index of the dataset.
  let dataset: Int
  /// The index of the network.
  let network: Int
  /// The index of the method.
  let method: Int
  /// The number of training textures.
  public let samples: Int
  /// What is equal for all methods.
  public let budget: Experiment.Budget
  /// The steps of the baseline.
  public let nominalSteps: Int
  /// The seed.
  public let seed: UInt64
  /// The learning rate that is tried; nil of the trainings that count.
  public let trialRate: Double?

  /// The cells that share its learning rate.
  var group: CellGroup { CellGroup(dataset: dataset, network: network, method: method) }
}

/// Cells that share a learning rate, and so its choice: those of one dataset, network and method.
struct CellGroup: Hashable {
  let dataset: Int
  let network: Int
  let method: Int
}

extension Experiment {
  /// The groups of cells, in order.
  var groups: [CellGroup] {
    datasets.indices.flatMap { dataset in
      networks.indices.flatMap { network in
        methods.indices.map { CellGroup(dataset: dataset, network: network, method: $0) }
      }
    }
  }

  /// How many tasks can share the experiment: a task has all cells of a dataset, a network and a method.
  public var partCount: Int { groups.count }

  /// The rows of a group in the results.
  func cells(of group: CellGroup) -> [Cell] {
    trainingSamples.flatMap { samples in
      budgets.flatMap { budget in
        steps.flatMap { steps in
          seeds.map { seed in
            Cell(
              dataset: group.dataset, network: group.network, method: group.method, samples: samples, budget: budget,
              nominalSteps: steps, seed: seed, trialRate: nil)
          }
        }
      }
    }
  }

  /// The number of training textures by which learning rates are chosen: the median of those of the experiment.
  var trialSamples: Int { trainingSamples.sorted()[trainingSamples.count / 2] }

  /// The trainings by which a group's learning rate is chosen; none where there is no choice.
  func trials(of group: CellGroup) -> [Cell] {
    guard learningRates.count > 1 else { return [] }
    return learningRates.map { rate in
      Cell(
        dataset: group.dataset, network: group.network, method: group.method, samples: trialSamples, budget: .steps,
        nominalSteps: steps.max() ?? 1, seed: Self.trialSeed, trialRate: rate)
    }
  }

  /// All rows of the results. Several may share a training.
  public var cells: [Cell] { groups.flatMap { cells(of: $0) } }

  /// The cell that stands for all with the same training: at equal cost a method that costs what the baseline does, as the
  /// baseline itself, has the steps that it has at equal steps.
  func training(of cell: Cell) -> Cell {
    guard cell.budget == .cost, budgets.contains(.steps), trainedSteps(of: cell) == cell.nominalSteps else {
      return cell
    }
    return Cell(
      dataset: cell.dataset, network: cell.network, method: cell.method, samples: cell.samples, budget: .steps,
      nominalSteps: cell.nominalSteps, seed: cell.seed, trialRate: cell.trialRate)
  }

  /// The trainings of a group that count, each once.
  func trainings(of group: CellGroup) -> [Cell] { cells(of: group).filter { training(of: $0) == $0 } }

  /// All trainings that count, each once.
  public var trainings: [Cell] { groups.flatMap { trainings(of: $0) } }

  /// The folder of a cell, from that of the experiment.
  public func path(of cell: Cell) -> String {
    let names = "\(datasets[cell.dataset].name)/\(networks[cell.network])/\(methods[cell.method])"
    if let rate = cell.trialRate { return "learning-rates/\(names)/rate-\(rate.shortest)" }
    let budget = cell.budget == .cost ? "-equal-cost" : ""
    return "cells/\(names)/\(cell.samples)-samples/\(cell.nominalSteps)-steps\(budget)/seed-\(cell.seed)"
  }

  /// The training textures of a cell.
  func recipe(of cell: Cell) throws(ExperimentError) -> Recipe {
    try datasets[cell.dataset].recipe(samples: cell.samples, seed: cell.seed)
  }

  /// How a cell is trained.
  ///
  /// - Parameter learningRate: the choice of its group; nil for that of the settings.
  func configuration(of cell: Cell, learningRate: Double?) throws(ExperimentError) -> TrainingConfiguration {
    do {
      return try settings[cell.network][cell.method].configuration(
        for: try recipe(of: cell),
        steps: trainedSteps(of: cell),
        learningRate: cell.trialRate ?? learningRate, seed: cell.seed, threads: threads)
    } catch let error as ExperimentError {
      throw error
    } catch {
      throw ExperimentError(.failedCell, "\(path(of: cell)): \(error)", cause: error)
    }
  }

  /// The relative work of a cell, for estimates of the time that is left: pixels that pass, times the cost of a method's step.
  public func relativeWork(of cell: Cell) -> Double {
    let settings = settings[cell.network][cell.method]
    let pixels = datasets[cell.dataset].recipe.field.shape.pixels
    let batch = min(settings.batch ?? TrainingDefaults.batchSize, cell.samples)
    return Double(trainedSteps(of: cell) * batch * pixels) * cost(of: methods[cell.method]) / cost(of: baseline)
  }

  /// The steps that a cell is trained, up to the end of the last epoch.
  public func trainedSteps(of cell: Cell) -> Int {
    guard cell.budget == .cost else { return cell.nominalSteps }
    let ratio = cost(of: baseline) / cost(of: methods[cell.method])
    return max(1, Int((Double(cell.nominalSteps) * ratio).rounded()))
  }
}
