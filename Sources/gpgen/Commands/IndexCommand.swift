import ArgumentParser
import TextureDataset

struct IndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Make the index over shards that several tasks have made, or name what is missing.")

  @Argument(help: "The index: the name that the tasks gave as --out.")
  var file: String

  @Flag(help: "Replace an index that is there.")
  var force = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  mutating func validate() throws { try OutputName.checkFile(file, of: "the index", like: "data.h5") }

  func run() throws {
    try readInSandbox(.headers, OutputNames(path: file, shardCount: 2).filesInFolder)
    let index = try DatasetIndex.create(at: file, replace: force)
    guard !quiet else { return }
    let (samples, shards) = (index.recipe.samples, index.names.shardCount)
    try printResult(
      index.wasFinished
        ? "\(file): is finished already, \(counted(samples, "sample")) in \(shards) shards; nothing to do"
        : "\(file): \(counted(samples, "sample")) in \(shards) shards")
  }
}
