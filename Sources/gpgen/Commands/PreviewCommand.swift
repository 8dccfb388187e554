import ArgumentParser
import TextureDataset

struct PreviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview",
    abstract: "Draw a dataset as PNGs: one for each class, and one of all classes.")

  @Argument(help: "A shard or an index that gpgen made.")
  var file: String

  @Option(help: ArgumentHelp("Output folder.", valueName: "folder"))
  var out: String

  @Option(help: "Colours of the pictures.")
  var colormap: Colormap = .inferno

  @Flag(help: "Replace existing pictures.")
  var force = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  mutating func validate() throws { try OutputName.checkFolder(out, like: "previews/") }

  func run() throws {
    try readInSandbox(.read, [file])
    let dataset = try DatasetReader(file, allowingUnfinished: true)
    let pictures = try DatasetPreviews(folder: out, recipe: dataset.recipe, colormap: colormap, replace: force)
    let files = try pictures.write(dataset)
    if !quiet { try printResult(previewSummary(files, folder: out)) }
  }
}

/// What pictures were made: those of classes, and the contact sheet.
func previewSummary(_ files: [String], folder: String) -> String {
  let classes = files.count - 1
  return "\(folder): pictures of \(counted(classes, "class")), and \(files.last ?? "")"
}
