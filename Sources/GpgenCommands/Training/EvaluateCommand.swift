import ArgumentParser
import Backdrop
import TextureDataset
import TextureStream

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure how well a trained network predicts the labels of a dataset.",
    discussion: """
      Accuracy, that of each scale's choice, ROC AUC, F1 and the confusion matrix; of a run with --target the mean squared \
      error and R². Beside them is the ceiling: what the best possible method, which knows the recipe, reaches on the same \
      samples. It exists where the textures have a likelihood, is computed unasked if that takes a few seconds, and is not \
      that of networks that see crops. Of the run's own dataset the validation part is taken, or the samples that were \
      trained on if nothing was set aside, of others all samples; --split says otherwise.
      """)

  @OptionGroup var options: RunOptions

  @Option(help: "The part of the dataset. (default: see above)")
  var split: TrialPart?

  @Flag(inversion: .prefixedNo, help: "Compute the ceiling. (default: if there is one that takes a few seconds)")
  var ceiling: Bool?

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
        on: source, split: part, ceiling: ceiling.map { $0 ? .always : .never } ?? .ifAffordable,
        shouldStop: { !StopSignal.isQuiet },
        report: { samples, all in line.show { _ in "\(samples) of \(counted(all, "sample"))" } })
      let training = predictor.run.record.training
      if ceiling == nil, !options.quiet, training.augmentation.crop == nil,
        Ceiling.cost(of: source.recipe, samples: evaluation.samples) > Ceiling.affordableCost
      {
        line.clear()
        note("Note: the ceiling is left out, since computing it would take long; --ceiling asks for it.")
      }
      return (evaluation, predictor.run.record)
    }
    try printResult(json ? evaluation.json : evaluation.text(record))
  }
}
