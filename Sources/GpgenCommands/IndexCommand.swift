import ArgumentParser
import HeaderSandbox
import TextureDataset

struct IndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Create the index of the shards that several tasks made, or list the missing shards.")

  @Argument(help: "The index file: the --out that the tasks were given.")
  var file: String

  @Option(
    parsing: .unconditional,
    help: "Number of tasks that make the shards: names those that owe what is missing.", transform: OptionRange.tasks)
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
        ? "\(file): is finished already, \(counted(samples, "sample")) in \(shards) shards; nothing to do"
        : "\(file): \(counted(samples, "sample")) in \(shards) shards")
  }
}
