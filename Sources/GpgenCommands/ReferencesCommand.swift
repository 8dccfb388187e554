import ArgumentParser
import HeaderSandbox
import TextureDataset

struct ReferencesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "references",
    abstract: "Write references from which zarr and xarray read single samples over the web.",
    discussion: """
      Writes kerchunk references, version 1, with one chunk per sample. Any web server or object store that holds the \
      shards can then serve single samples. The references contain file names only; --prefix sets their location.

      EXAMPLES:
        gpgen references data.h5 --out d.json --prefix https://example.org/textures/
        python -c 'import xarray as xr; print(xr.open_dataset("reference://",
          engine="zarr", chunks=None, backend_kwargs={"consolidated": False,
          "storage_options": {"fo": "d.json", "remote_protocol": "https"}}))'
      """)

  @Argument(help: "Shard that is a whole dataset, index, or folder with the files of one dataset.")
  var data: String

  @Option(help: ArgumentHelp("Output file (.json).", valueName: "file"))
  var out: String

  @Option(
    help: ArgumentHelp(
      "Text before the file names: a URL or a folder, with a trailing slash.", valueName: "prefix"))
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
      "\(out): \(counted(dataset.samples.count, "sample")) in \(counted(dataset.shards.count, "file")) by byte ranges")
  }
}
