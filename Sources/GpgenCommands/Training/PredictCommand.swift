import ArgumentParser
import Backdrop
import TextureDataset
import TextureStream

struct PredictCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Write a trained network's predictions for every sample as CSV.",
    discussion: """
      Each line contains the index of a sample, its label, the predicted class, and the logit of each class. For a run \
      with positive classes: the index, the label, 1 if the label is positive, 1 if the prediction is positive, and the \
      logit. For a run with --target: the index, the label, and the true and predicted values of each target.
      """)

  @OptionGroup var options: RunOptions

  @Option(help: ArgumentHelp("Output file (- for standard output).", valueName: "file"))
  var out: String

  @Option(help: "Part of the dataset to predict.")
  var split: EvaluationPart = .all

  @Flag(help: "Replace an existing file.")
  var force = false

  mutating func validate() throws {
    if out != "-" { try OutputName.checkFile(out, like: "predictions.csv") }
  }

  func run() async throws {
    if out != "-" { try refuseOutput(out, replace: force) }
    let (scores, record) = try await options.withPredictor { predictor, source, line in
      if out != "-" { try refuseOutput(out, among: [options.data]) }
      let scores = try await predictor.scores(
        of: source, split: split.split, shouldStop: { StopSignal.isReceived },
        report: { samples, all in line.show { _ in "\(samples) of \(counted(all, "sample"))" } })
      return (scores, predictor.run.record)
    }
    guard out != "-" else {
      try printResult(String(try scores.csv(record).dropLast()))
      return
    }
    try scores.writeCSV(record, to: out)
    if !options.quiet { try printResult("\(out): \(counted(scores.count, "sample"))") }
  }
}
