import ArgumentParser
import Backdrop
import HeaderSandbox
import Report
import TextureDataset

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a web page about datasets, runs and experiments: one file that needs no other.",
    discussion: """
      A dataset's section has its recipe, certificate, classes, samples, pixel values, and covariances beside the closed form; \
      a run's what was trained, learning curves, confusion and cost. Where a run's own dataset is among the paths, its \
      network is applied to it: ROC curves, wrong predictions and a footprint follow. An experiment's section has its means with \
      intervals, and the differences to the baseline.
      """)

  @Argument(
    help: "Shards, indices, folders of shards, folders of runs of `gpgen train`, or of experiments; in any number.")
  var paths: [String]

  @Option(help: ArgumentHelp("The page to write (.html).", valueName: "file"))
  var out: String

  @Option(parsing: .unconditional, help: "Threads that compute. (default: all cores)", transform: OptionRange.threads)
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
        shouldContinue: { StopSignal.isQuiet }, report: { text in line.show { _ in text } })
    } catch  where Self.isInterruption(error) {
      line.clear()
      note("Stopped; nothing is written.")
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
