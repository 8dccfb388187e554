import ArgumentParser
import HeaderSandbox
import TextureDataset

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a shard, an index or an unfinished file contains.")

  @Argument(help: "A file that gpgen made.")
  var file: String

  @Flag(help: "Print JSON, as schemas/inspect.schema.json describes it.")
  var json = false

  func run() throws {
    try readInSandbox(.inspect, [file])
    let inspection = try Inspection(of: file)
    try printResult(json ? inspection.json : inspection.text)
  }
}
