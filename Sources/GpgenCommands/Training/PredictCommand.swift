import ArgumentParser
import Backdrop
import TextureDataset
import TextureStream

struct PredictCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Write a trained network's outputs for every sample as CSV.",
    discussion: """
      A line for each sample: its index, its label, the predicted class, and the network's output (a logit) for each \
      class. Of a run with positive classes: its index, its label, 1 where that is positive, 1 where it is predicted to be, \
      and the logit. Of a run with --target: its index, its label, and for each target the label and the prediction.
      """)

  @OptionGroup var options: RunOptions

  @Option(help: ArgumentHelp("The file to write, or - for standard output.", valueName: "file"))
  var out: String

  @Option(help: "The part of the dataset.")
  var split: TrialPart = .all

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
        of: source, split: split.split, shouldStop: { !StopSignal.isQuiet },
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
