import ArgumentParser
import HeaderSandbox
import TextureDataset

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show the contents of a shard, an index or an unfinished file.")

  @Argument(help: "Shard, index or unfinished file.")
  var file: String

  @Flag(help: "Print JSON, described by schemas/inspect.schema.json.")
  var json = false

  func run() throws {
    try readInSandbox(.inspect, [file])
    let inspection = try Inspection(of: file)
    try printResult(json ? inspection.json : inspection.text)
  }
}
