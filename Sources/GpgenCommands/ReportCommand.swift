import ArgumentParser
import Backdrop
import HeaderSandbox
import Report
import TextureDataset

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a self-contained HTML report on datasets, runs and experiments.",
    discussion: """
      The section of a dataset shows its recipe, certificate, classes, samples, pixel values, and covariances with their \
      closed forms. The section of a run shows its configuration, learning curves, confusion matrix and cost; if the run's \
      dataset is among the paths, also ROC curves, wrong predictions and a footprint. The section of an experiment shows \
      means with intervals, and differences from the baseline.
      """)

  @Argument(
    help: "Shards, indices, folders of shards, runs of `gpgen train`, or experiments.")
  var paths: [String]

  @Option(help: ArgumentHelp("Output file (.html).", valueName: "file"))
  var out: String

  @Option(parsing: .unconditional, help: "Number of threads. (default: all cores)", transform: OptionRange.threads)
  var threads: Int?

  @Flag(help: "Replace an existing file.")
  var force = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  mutating func validate() throws {
    try OutputName.checkFile(out, like: "report.html", ending: ".html")
  }

  func run() async throws {
    try refuseOutput(out, replace: force)
    try readInSandbox(.read, paths.filter { ReportSubject.Kind(of: $0) == .dataset })
    let report = HTMLReport(try paths.map { try ReportSubject($0) }, threads: threads ?? availableCores())
    try refuseOutput(out, among: paths)
    StopSignal.listen()
    let line = ProgressLine(quiet: quiet)
    defer { line.clear() }
    let page: String
    do {
      page = try await report.html(
        shouldContinue: { !StopSignal.isReceived }, report: { text in line.show { _ in text } })
    } catch  where Self.isInterruption(error) {
      line.clear()
      note("Stopped; nothing was written.")
      throw ExitCode(128 + StopSignal.number)
    }
    line.clear()
    try replaceFile(out, with: Array(page.utf8))
    guard !quiet else { return }
    try printResult("\(out): \(counted(paths.count, "section")), \(byteText(page.utf8.count))")
  }

  private static func isInterruption(_ error: any Error) -> Bool {
    (error as? DatasetError)?.code == .interrupted || (error as? BackdropError)?.code == .interrupted
  }
}
