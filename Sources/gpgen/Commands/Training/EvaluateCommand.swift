import ArgumentParser
import Backdrop
import TextureDataset
import TextureStream

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure how well a trained network classifies a dataset.",
    discussion: """
      Accuracy, ROC AUC, F1 and the confusion matrix. Of the run's own dataset the validation part is taken unless \
      --split says otherwise, of others all samples.
      """)

  @OptionGroup var options: RunOptions

  @Option(help: "The part of the dataset. (default: see above)")
  var split: TrialPart?

  @Flag(help: "Print JSON, as schemas/evaluation.schema.json describes it.")
  var json = false

  func run() async throws {
    let (evaluation, record) = try await options.withPredictor { predictor, source, line in
      let part = split?.split ?? (split == nil ? predictor.run.defaultSplit(for: source) : nil)
      if split == nil, let part, !options.quiet {
        note(
          "Note: \(options.data) is the run's own dataset; this is its \(part.rawValue) part, --split all takes all.")
      }
      let evaluation = try await predictor.evaluate(
        on: source, split: part, shouldStop: { !StopSignal.isQuiet },
        report: { samples, all in line.show { _ in "\(samples) of \(counted(all, "sample"))" } })
      return (evaluation, predictor.run.record)
    }
    try printResult(json ? evaluation.json : evaluation.text(record))
  }
}
