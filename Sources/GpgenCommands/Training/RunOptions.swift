import ArgumentParser
import Backdrop
import TextureStream

extension TrainedRun.Weights: ExpressibleByArgument {}

/// Which samples of a dataset a trained network is evaluated on.
enum TrialPart: String, CaseIterable, ExpressibleByArgument {
  case train, validation, all

  var split: Split? {
    switch self {
    case .train: .train
    case .validation: .validation
    case .all: nil
    }
  }
}

/// A trained network and a dataset.
struct RunOptions: ParsableArguments {
  @Argument(help: "The folder of a run of `gpgen train`.")
  var run: String

  @Argument(help: "A shard, an index, a folder of shards, or a recipe (.yaml), whose textures are made on the fly.")
  var data: String

  @Option(
    help: ArgumentHelp(
      "The weights: after the last epoch, after the one with the best validation (accuracy; with the losses auc and binary-cross-entropy ROC AUC, with f1 F1, with mse its lowest value), or of the last checkpoint."
    ))
  var checkpoint: TrainedRun.Weights = .final

  @Option(
    parsing: .unconditional, help: "Threads that compute. (default: as in the run)", transform: OptionRange.threads)
  var threads: Int?

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  /// Opens both and calls `work` with them; a signal ends the process with its status.
  func withPredictor<Result: Sendable>(
    _ work: (Predictor, SampleSource, ProgressLine) async throws -> Result
  ) async throws -> Result {
    let predictor = try Predictor(TrainedRun(run, weights: checkpoint), threads: threads)
    let source = try openSource(data)
    StopSignal.listen()
    let line = ProgressLine(quiet: quiet)
    defer { line.clear() }
    do {
      return try await work(predictor, source, line)
    } catch let error as BackdropError where error.code == .interrupted {
      line.clear()
      note("Stopped; nothing is written.")
      throw ExitCode(128 + StopSignal.number)
    }
  }
}
