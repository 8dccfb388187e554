import ArgumentParser
import Backdrop
import Foundation
import TextureStream

struct PredictCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Write what a trained network says of every sample, as CSV.",
    discussion: """
      A line for each sample: its index, its label, the predicted class, and the network's output (a logit) for each \
      class. Of a run with positive classes: its index, its label, 1 where that is positive, 1 where it is predicted to be, \
      and the logit.
      """)

  @OptionGroup var options: RunOptions

  @Option(help: ArgumentHelp("The file to write, or - for standard output.", valueName: "file"))
  var out: String

  @Option(help: "The part of the dataset.")
  var split: TrialPart = .all

  func run() async throws {
    if out != "-" { try refuseOutput() }
    let (scores, record) = try await options.withPredictor { predictor, source, line in
      let scores = try await predictor.scores(
        of: source, split: split.split, shouldStop: { !StopSignal.isQuiet },
        report: { samples, all in line.show { _ in "\(samples) of \(all) samples" } })
      return (scores, predictor.run.record)
    }
    guard out != "-" else {
      try printResult(String(scores.csv(record).dropLast()))
      return
    }
    try scores.writeCSV(record, to: out)
    if !options.quiet { try printResult("\(out): \(scores.count) samples") }
  }

  /// Refuses an output that cannot be written, before anything is computed.
  private func refuseOutput() throws {
    let file = URL(filePath: out)
    let folder = file.deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), isFolder.boolValue {
      throw FileProblem(description: "\(out): is a folder, expected a file; choose another name")
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw FileProblem(description: "\(out): cannot write: \(folder): \(String(cString: strerror(errno)))")
    }
  }
}
