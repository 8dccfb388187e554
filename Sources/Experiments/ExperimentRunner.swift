import Backdrop
import Documents
import Foundation
import Synchronization
import TextureDataset

/// Runs an experiment, or one task's share of it, in a folder.
///
/// Each cell is a normal training run. Finished cells are not repeated, and interrupted ones are resumed. Tables
/// summarize the finished cells.
public struct ExperimentRunner: Sendable {
  private let experiment: Experiment
  private let folder: String
  private let jobs: Int
  private let groups: [CellGroup]
  private let writesTables: Bool

  /// Creates a runner.
  ///
  /// - Parameters:
  ///   - experiment: the experiment.
  ///   - folder: the folder of the results.
  ///   - jobs: the number of cells trained at the same time.
  ///   - task: the index of this task. Groups of cells with the same dataset, network and method are dealt out to the
  ///     tasks in turn.
  ///   - taskCount: the number of tasks. Only a runner with one task writes tables, so run one after the others.
  public init(_ experiment: Experiment, in folder: String, jobs: Int, task: Int = 0, taskCount: Int = 1) {
    precondition(jobs >= 1 && taskCount >= 1 && (0..<taskCount).contains(task), "a task of several")
    self.experiment = experiment
    self.folder = folder
    self.jobs = jobs
    groups = experiment.groups.enumerated().filter { $0.offset % taskCount == task }.map(\.element)
    writesTables = taskCount == 1
  }

  /// The runs to be done: those that choose learning rates, and those that are reported.
  public var plan: (trials: [Cell], cells: [Cell]) {
    (groups.flatMap { experiment.trials(of: $0) }, groups.flatMap { experiment.trainings(of: $0) })
  }

  /// Trains all unfinished cells and writes the tables.
  ///
  /// - Parameters:
  ///   - shouldStop: called before each batch, on any thread; true saves checkpoints and stops.
  ///   - report: called for each event, on any thread.
  /// - Throws: ``ExperimentError``. Finished results are kept.
  public func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    report: @escaping @Sendable (ExperimentEvent) -> Void = { _ in }
  ) async throws(ExperimentError) {
    try begin()
    var ceilings = Ceilings(inFolder: folder)
    if writesTables {
      report(.computingCeilings)
      try ceilings.complete(experiment, inFolder: folder, threads: jobs, shouldStop: shouldStop)
    }
    let (trials, cells) = plan
    report(
      .planned(
        work: (trials + cells).map { experiment.relativeWork(of: $0) }.reduce(0, +), cells: trials.count + cells.count))
    var rates: [CellGroup: Double] = [:]
    if !trials.isEmpty {
      let results = try await train(trials, rates: [:], shouldStop: shouldStop, report: report) { _ in }
      rates = chosenRates(results)
      if writesTables { try writeFile("\(folder)/learning_rates.csv", Array(rateTable(results, rates).utf8)) }
    }
    let values = ceilings.values
    let results = try await train(cells, rates: rates, shouldStop: shouldStop, report: report) { results in
      // Intermediate tables are a convenience; only a failure to write the final ones is an error.
      if writesTables { try? write(results, ceilings: values) }
    }
    if writesTables { try write(results, ceilings: values) }
  }

  // MARK: - Cells

  /// Trains cells, several at the same time.
  ///
  /// - Parameter finished: called after each cell with all results so far; calls do not overlap.
  private func train(
    _ cells: [Cell], rates: [CellGroup: Double], shouldStop: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (ExperimentEvent) -> Void, finished: @escaping @Sendable ([Cell: CellResult]) -> Void
  ) async throws(ExperimentError) -> [Cell: CellResult] {
    let queue = CellQueue(cells)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<min(jobs, cells.count) {
        group.addTask {
          while let cell = queue.next() {
            do throws(ExperimentError) {
              let (result, isNew) = try await self.result(
                of: cell, rates: rates, shouldStop: { shouldStop() || queue.hasFailed }, report: report)
              report(.finished(cell, metric: result.metrics[experiment.metricName], isNew: isNew))
              queue.finish(cell, result) { if isNew { finished($0) } }
            } catch {
              return queue.fail(error)
            }
          }
        }
      }
    }
    return try queue.results()
  }

  private func result(
    of cell: Cell, rates: [CellGroup: Double], shouldStop: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (ExperimentEvent) -> Void
  ) async throws(ExperimentError) -> (CellResult, isNew: Bool) {
    let path = experiment.path(of: cell)
    let own = "\(folder)/\(path)"
    let known = try CellResult(inFolder: own)
    if known == nil {
      guard !shouldStop() else { throw ExperimentError(.interrupted, "stopped") }
      report(.began(cell))
    }
    let trainer = CellTrainer(
      experiment: experiment, cell: cell, learningRate: rates[cell.group] ?? experiment.learningRates.first,
      folder: own,
      shouldStop: shouldStop,
      report: { progress in
        let done = Double((progress.epoch - 1) * progress.steps + progress.step)
        report(.progress(cell, fraction: done / Double(max(1, progress.epochs * progress.steps))))
      })
    return (try await trainer.result(known: known), isNew: known == nil)
  }

  // MARK: - Learning rates

  /// The learning rate of each group: the one with the best value of the experiment's metric, ties broken by the loss.
  private func chosenRates(_ results: [Cell: CellResult]) -> [CellGroup: Double] {
    var rates: [CellGroup: Double] = [:]
    for group in groups {
      let trials = experiment.trials(of: group).compactMap { cell in results[cell].map { (cell, $0) } }
      func rank(_ result: CellResult) -> (Double, Double) {
        (result.metrics[experiment.metricName] ?? -.infinity, -(result.loss ?? .infinity))
      }
      rates[group] = trials.max { rank($0.1) < rank($1.1) }?.0.trialLearningRate
    }
    return rates
  }

  private func rateTable(_ results: [Cell: CellResult], _ rates: [CellGroup: Double]) -> String {
    var lines = ["dataset,network,method,samples,learning_rate,\(experiment.metricName),loss,chosen"]
    for group in groups {
      for cell in experiment.trials(of: group) {
        guard let result = results[cell], let rate = cell.trialLearningRate else { continue }
        lines.append(
          [
            experiment.datasets[group.dataset].name, experiment.networks[group.network],
            experiment.methods[group.method],
            "\(cell.samples)", rate.shortest,
            result.metrics[experiment.metricName].map { String(format: "%.6f", $0) } ?? "",
            result.loss.map { String(format: "%.6f", $0) } ?? "", rate == rates[group] ? "1" : "0",
          ].joined(separator: ","))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: - Tables

  private func begin() throws(ExperimentError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw ExperimentError(.fileSystem, "\(folder): cannot be created: \(error.localizedDescription)", cause: error)
    }
  }

  private func write(_ results: [Cell: CellResult], ceilings: [String: [String: Double]]) throws(ExperimentError) {
    let tables = ExperimentTables(experiment, results, ceilings: ceilings)
    let state: CanonicalJSON = .object([
      "name": .string(experiment.name), "title": .string(experiment.title),
      "description": .string(experiment.description), "baseline": .string(experiment.baseline),
      "metric": .string(experiment.metricName), "cells": .number(Double(experiment.trainings.count)),
      "finished": .number(Double(results.count)), "quick": .bool(experiment.isQuick),
    ])
    for (name, text) in [
      ("results.csv", tables.runs), ("summary.csv", tables.summary), ("summary.md", tables.markdown),
      ("experiment.json", state.text + "\n"),
    ] {
      try writeFile("\(folder)/\(name)", Array(text.utf8))
    }
  }
}

/// The cells still to be trained, and the results so far.
private final class CellQueue: Sendable {
  private let cells: [Cell]
  private let state = Mutex(State())

  private struct State {
    var next = 0
    var results: [Cell: CellResult] = [:]
    var failure: ExperimentError?
  }

  init(_ cells: [Cell]) { self.cells = cells }

  /// Whether a cell has failed, and so the others should stop.
  var hasFailed: Bool { state.withLock { $0.failure != nil } }

  /// The next cell; nil at the end, or after a failure.
  func next() -> Cell? {
    state.withLock { state in
      guard state.failure == nil, state.next < cells.count else { return nil }
      state.next += 1
      return cells[state.next - 1]
    }
  }

  /// Adds a result.
  ///
  /// - Parameter report: called with all results so far; calls do not overlap.
  func finish(_ cell: Cell, _ result: CellResult, _ report: ([Cell: CellResult]) -> Void) {
    state.withLock { state in
      state.results[cell] = result
      report(state.results)
    }
  }

  /// Records an error. The first failure is kept; the interruptions that follow from it do not replace it.
  func fail(_ error: ExperimentError) {
    state.withLock { state in
      if state.failure == nil || state.failure?.code == .interrupted { state.failure = error }
    }
  }

  /// All results.
  ///
  /// - Throws: the first error.
  func results() throws(ExperimentError) -> [Cell: CellResult] {
    let state = state.withLock { $0 }
    if let failure = state.failure { throw failure }
    return state.results
  }
}

/// An event of an experiment, for progress reports.
public enum ExperimentEvent: Sendable {
  /// The best possible values are being computed.
  case computingCeilings
  /// The total relative work and number of cells, finished ones included.
  case planned(work: Double, cells: Int)
  /// A cell's training begins or resumes.
  case began(Cell)
  /// The fraction of a cell's training that is done.
  case progress(Cell, fraction: Double)
  /// A cell is finished; `isNew` is false if it was finished before this run.
  case finished(Cell, metric: Double?, isNew: Bool)
}
