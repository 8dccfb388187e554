import ArgumentParser
import HeaderSandbox
import TextureDataset

struct ReferencesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "references",
    abstract: "Write where each sample's bytes are, for zarr and xarray to read single samples over the web.",
    discussion: """
      The file has kerchunk references, version 1, with one chunk for each sample: any web server or object store that the \
      shards are on serves single samples, without a server of its own. It names the files without their folder; --prefix \
      says where they will be.

      EXAMPLES:
        gpgen references data.h5 --out data.json --prefix https://example.org/textures/
        python -c 'import xarray as xr; print(xr.open_dataset("reference://", engine="zarr", chunks=None, \
      backend_kwargs={"consolidated": False, "storage_options": {"fo": "data.json", "remote_protocol": "https"}}))'
      """)

  @Argument(help: "A shard that is a whole dataset, an index, or a folder with one dataset's files.")
  var data: String

  @Option(help: ArgumentHelp("The file to write.", valueName: "file.json"))
  var out: String

  @Option(
    help: ArgumentHelp(
      "What goes before the files' names: a web address, or a folder, with its slash.", valueName: "prefix"))
  var prefix = ""

  @Flag(help: "Replace an existing file.")
  var force = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  mutating func validate() throws { try OutputName.checkFile(out, like: "data.json", ending: ".json") }

  func run() throws {
    try refuseOutput(out, replace: force)
    try readInSandbox(.read, [data])
    let dataset = try DatasetReader(data)
    try ChunkReferences(dataset, prefix: prefix).write(to: out)
    guard !quiet else { return }
    try printResult(
      "\(out): \(counted(dataset.samples.count, "sample")) in \(counted(dataset.shards.count, "file")) by their bytes")
  }
}
