import ArgumentParser
import TextureDataset

struct RepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Make what is damaged in a dataset again, to the bytes of a fresh one.",
    discussion: """
      Damaged samples are mended in place, damaged and missing files are built anew with the intact samples of the old \
      ones. An intact sample is made again first: where its bits come out otherwise on this machine, nothing is written.
      """)

  @Argument(help: "A shard, an index, or a folder with one dataset's files.")
  var data: String

  @Option(
    help: ArgumentHelp(
      "The dataset's recipe in YAML, where no file tells it any more; - for standard input.", valueName: "file"))
  var recipe: String?

  @Option(
    parsing: .unconditional, help: "Threads that read, and make textures. (default: all cores)",
    transform: OptionRange.threads)
  var threads: Int?

  @Flag(help: "Repair even where this machine computes other last bits than the one that made the dataset.")
  var allowRounding = false

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  func run() throws {
    let given = try recipe.map { name in
      try Recipe(yaml: RecipeOptions.read(name), file: name == "-" ? "standard input" : name)
    }
    try readInSandbox(.examine, [data], recipe: given)
    let repairer = DatasetRepairer(
      data, recipe: given, threads: threads ?? availableCores(), allowRounding: allowRounding)
    StopSignal.listen()
    let summary: DatasetRepairer.Summary
    let line = ProgressLine(quiet: quiet)
    do {
      summary = try repairer.run(goOn: { StopSignal.isQuiet }, report: { line.show($0) })
    } catch {
      line.clear()
      guard error.code == .interrupted else { throw error }
      note("Stopped; what is mended is kept, and the same command goes on with the rest.")
      throw ExitCode(128 + StopSignal.number)
    }
    line.clear()
    guard !quiet else { return }
    for text in summary.notes { note("Note: \(text)") }
    try printResult(text(of: summary))
  }

  private func text(of summary: DatasetRepairer.Summary) -> String {
    if summary.wasWell { return "\(data): is well, nothing to repair" }
    var parts: [String] = []
    if summary.made > 0 { parts.append("\(counted(summary.made, "sample")) made again") }
    if summary.checksums > 0 {
      parts.append("\(counted(summary.checksums, "checksum")) written again")
    }
    if let first = summary.rebuilt.first {
      parts.append("built anew: \(first)\(summary.rebuilt.count > 1 ? " and \(summary.rebuilt.count - 1) more" : "")")
    }
    if let first = summary.polished.first {
      let more = summary.polished.count > 1 ? " and \(summary.polished.count - 1) more" : ""
      parts.append("idle bytes written again in \(first)\(more)")
    }
    return "\(data): repaired; \(parts.joined(separator: ", "))"
  }
}
