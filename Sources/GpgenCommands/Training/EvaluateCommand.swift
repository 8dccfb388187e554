import ArgumentParser
import Backdrop
import TextureDataset
import TextureStream

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Evaluate a trained network on a dataset.",
    discussion: """
      Prints the accuracy, overall and per scale, ROC AUC, F1 and the confusion matrix; for a run with --target, the mean \
      squared error and R². Beside them is the ceiling: the result of the best possible method, which knows the recipe, on \
      the same samples. It exists only for textures with a computable likelihood, is computed by default only if that takes \
      a few seconds, and does not apply to networks that see crops.

      By default, evaluates on the validation part of the run's own dataset (or on the training part if there is none), and \
      on all samples of other datasets.
      """)

  @OptionGroup var options: RunOptions

  @Option(help: "Part of the dataset to evaluate on; by default as described above.")
  var split: EvaluationPart?

  @Flag(inversion: .prefixedNo, help: "Compute the ceiling. (default: if it takes only a few seconds)")
  var ceiling: Bool?

  @Flag(help: "Print JSON, described by schemas/evaluation.schema.json.")
  var json = false

  func run() async throws {
    let (evaluation, record) = try await options.withPredictor { predictor, source, line in
      let part = split?.split ?? (split == nil ? predictor.run.defaultSplit(for: source) : nil)
      if split == nil, let part, !options.quiet {
        note(
          "Note: \(options.data) is the run's own dataset; evaluating on its \(part.rawValue) part, --split all uses all samples."
        )
      }
      let evaluation = try await predictor.evaluate(
        on: source, split: part, ceiling: ceiling.map { $0 ? .always : .never } ?? .ifAffordable,
        shouldStop: { StopSignal.isReceived },
        report: { samples, all in line.show { _ in "\(samples) of \(counted(all, "sample"))" } })
      let training = predictor.run.record.training
      if ceiling == nil, !options.quiet, training.augmentation.crop == nil,
        Ceiling.cost(of: source.recipe, samples: evaluation.samples) > Ceiling.affordableCost
      {
        line.clear()
        note("Note: the ceiling was not computed because it would take long; --ceiling computes it.")
      }
      return (evaluation, predictor.run.record)
    }
    try printResult(json ? evaluation.json : evaluation.text(record))
  }
}
