import Experiments
import Foundation
import Synchronization
import TextureDataset

/// Progress of an experiment on standard error: one line per finished cell, and on a terminal a live table of the cells in
/// training, with an estimate of the remaining time.
final class ExperimentReport: Sendable {
  private let experiment: Experiment
  private let quiet: Bool
  private let isLive: Bool
  private let state = Mutex(State())

  private struct State {
    /// The cells in training, with the fractions done now and when this process started.
    var running: [(cell: Cell, fraction: Double, first: Double?)] = []
    var finished = 0
    var cells = 0
    /// The work of all cells, of the finished cells, and of this process.
    var work = (all: 0.0, finished: 0.0, own: 0.0)
    var start = ContinuousClock.now
    var shown: ContinuousClock.Instant?
    var rows = 0
  }

  init(_ experiment: Experiment, quiet: Bool) {
    self.experiment = experiment
    self.quiet = quiet
    isLive = !quiet && isatty(STDERR_FILENO) == 1
  }

  func show(_ event: ExperimentEvent) {
    guard !quiet else { return }
    state.withLock { state in
      switch event {
      case .computingCeilings:
        state.start = .now
        if isLive { ProgressLine.write("computing the best possible accuracies\r") }
      case .planned(let work, let cells): (state.work.all, state.cells, state.start) = (work, cells, .now)
      case .began(let cell): state.running.append((cell, 0, nil))
      case .progress(let cell, let fraction):
        guard let index = state.running.firstIndex(where: { $0.cell == cell }) else { break }
        state.running[index].fraction = fraction
        state.running[index].first = state.running[index].first ?? fraction
      case .finished(let cell, let metric, let isNew): finish(cell, metric, isNew: isNew, &state)
      }
      if isLive, state.cells > 0 { draw(&state) }
    }
  }

  /// Erases the table.
  func clear() {
    state.withLock { state in
      erase(&state)
    }
  }

  private func finish(_ cell: Cell, _ metric: Double?, isNew: Bool, _ state: inout State) {
    let work = experiment.relativeWork(of: cell)
    state.finished += 1
    state.work.finished += work
    let own = state.running.firstIndex { $0.cell == cell }.map { state.running.remove(at: $0) }
    guard isNew else { return }
    state.work.own += work * (1 - (own?.first ?? 0))
    erase(&state)
    let result = metric.map { "  \(experiment.metricName) \(percent($0))" } ?? ""
    note("\(state.finished) of \(state.cells)  \(experiment.path(of: cell))\(result)" + (isLive ? "" : timeLeft(state)))
  }

  /// The remaining time, estimated from the pace so far; empty until there is an estimate.
  private func timeLeft(_ state: State) -> String {
    var (own, done) = (state.work.own, state.work.finished)
    for cell in state.running {
      let work = experiment.relativeWork(of: cell.cell)
      own += work * (cell.fraction - (cell.first ?? cell.fraction))
      done += work * cell.fraction
    }
    let seconds = (ContinuousClock.now - state.start) / .seconds(1)
    guard own > 0, seconds > 1, state.work.all > done else { return "" }
    return "  \(ProgressLine.clock(Int((state.work.all - done) * seconds / own))) left"
  }

  // MARK: - The live table

  private func draw(_ state: inout State) {
    let now = ContinuousClock.now
    if let shown = state.shown, now - shown < .milliseconds(200) { return }
    state.shown = now
    let width = ProgressLine.columns - 1
    var rows = state.running.map { cell in
      String(format: "%4.0f%%  ", 100 * cell.fraction) + experiment.path(of: cell.cell)
    }
    rows.append("\(state.finished) of \(counted(state.cells, "training run"))" + timeLeft(state))
    erase(&state)
    ProgressLine.write(rows.map { String($0.prefix(width)) + "\u{1B}[K\n" }.joined())
    state.rows = rows.count
  }

  private func erase(_ state: inout State) {
    guard isLive else { return }
    ProgressLine.write(state.rows > 0 ? "\u{1B}[\(state.rows)A\u{1B}[J" : "\r\u{1B}[K")
    state.rows = 0
  }
}
