import ArgumentParser
import Backdrop
import TextureStream

extension TrainedRun.Weights: ExpressibleByArgument {}

/// The samples of a dataset that a trained network is evaluated on.
enum EvaluationPart: String, CaseIterable, ExpressibleByArgument {
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
  @Argument(help: "Output folder of `gpgen train`.")
  var run: String

  @Argument(help: "Shard, index, folder of shards, or recipe (.yaml) whose textures are generated on the fly.")
  var data: String

  @Option(
    help:
      "Weights to use: after the final epoch; after the epoch with the best validation accuracy (ROC AUC for the losses auc and binary-cross-entropy, F1 for f1, lowest error for mse); or of the last checkpoint."
  )
  var checkpoint: TrainedRun.Weights = .final

  @Option(
    parsing: .unconditional, help: "Number of threads. (default: as in the run)", transform: OptionRange.threads)
  var threads: Int?

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  /// Opens the run and the dataset and calls `work` with them. A signal ends the process with its status.
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
      note("Stopped; nothing was written.")
      throw ExitCode(128 + StopSignal.number)
    }
  }
}
