import ArgumentParser
import HeaderSandbox
import TextureDataset

struct IndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Create the index over the shards of several tasks, or list missing shards.")

  @Argument(help: "Index file: the --out of the tasks.")
  var file: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of tasks that make the shards; names the tasks whose shards are missing.", valueName: "count"),
    transform: OptionRange.tasks)
  var taskCount: Int?

  @Flag(help: "Replace an existing index.")
  var force = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  mutating func validate() throws { try OutputName.checkFile(file, of: "the index", like: "data.h5") }

  func run() throws {
    try readInSandbox(.headers, OutputNames(path: file, shardCount: 2).filesInFolder)
    let index = try DatasetIndex.create(at: file, replace: force, taskCount: taskCount)
    guard !quiet else { return }
    let (samples, shards) = (index.recipe.samples, index.names.shardCount)
    try printResult(
      index.wasFinished
        ? "\(file): already complete, \(counted(samples, "sample")) in \(shards) shards; nothing to do"
        : "\(file): \(counted(samples, "sample")) in \(shards) shards")
  }
}
