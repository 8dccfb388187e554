import ArgumentParser
import HeaderSandbox
import TextureDataset

struct RepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Restore damaged parts of a dataset to their original bytes.",
    discussion: """
      Damaged samples are repaired in place. Damaged and missing files are rebuilt, reusing intact samples. An intact \
      sample is regenerated first: if its bits differ on this machine, nothing is written.
      """)

  @Argument(help: "Shard, index, or folder with the files of one dataset.")
  var data: String

  @Option(
    help: ArgumentHelp(
      "Recipe of the dataset in YAML (- for standard input), needed if no readable file contains it.", valueName: "file"
    ))
  var recipe: String?

  @Option(
    parsing: .unconditional, help: "Number of threads. (default: all cores)",
    transform: OptionRange.threads)
  var threads: Int?

  @Flag(help: "Repair even if this machine rounds differently from the one that made the dataset.")
  var allowRounding = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  func run() throws {
    let given = try recipe.map { try RecipeOptions.yamlRecipe($0) }
    try readInSandbox(.examine, [data], recipe: given)
    let repairer = DatasetRepairer(
      data, recipe: given, threads: threads ?? availableCores(), allowRounding: allowRounding)
    StopSignal.listen()
    let summary: DatasetRepairer.Summary
    let line = ProgressLine(quiet: quiet)
    do {
      summary = try repairer.run(shouldContinue: { !StopSignal.isReceived }, report: { line.show($0) })
    } catch {
      line.clear()
      guard error.code == .interrupted else { throw error }
      note("Stopped. Completed repairs are kept; run the same command to repair the rest.")
      throw ExitCode(128 + StopSignal.number)
    }
    line.clear()
    guard !quiet else { return }
    for text in summary.notes { note("Note: \(text)") }
    try printResult(text(of: summary))
  }

  private func text(of summary: DatasetRepairer.Summary) -> String {
    if summary.wasIntact { return "\(data): intact; nothing to repair" }
    var parts: [String] = []
    if summary.made > 0 { parts.append("\(counted(summary.made, "sample")) regenerated") }
    if summary.checksums > 0 {
      parts.append("\(counted(summary.checksums, "checksum")) rewritten")
    }
    if let first = summary.rebuilt.first {
      parts.append("rebuilt \(first)\(summary.rebuilt.count > 1 ? " and \(summary.rebuilt.count - 1) more" : "")")
    }
    if let first = summary.normalized.first {
      let more = summary.normalized.count > 1 ? " and \(summary.normalized.count - 1) more" : ""
      parts.append("unused bytes rewritten in \(first)\(more)")
    }
    return "\(data): repaired; \(parts.joined(separator: ", "))"
  }
}
