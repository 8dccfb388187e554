import ArgumentParser
import HeaderSandbox
import TextureDataset

/// A comma-separated list of distinct samples, as in `3,7`.
struct SampleList: ExpressibleByArgument {
  let samples: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    samples = parts.compactMap { Int($0) }
    guard samples.count == parts.count, Set(samples).count == samples.count else { return nil }
  }
}

struct PreviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview",
    abstract: "Draw PNGs of each class, or of given samples, and a contact sheet.")

  @Argument(help: "Shard, index or unfinished file.")
  var file: String

  @Option(help: ArgumentHelp("Output folder.", valueName: "folder"))
  var out: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Draw these samples, given by their indices in the whole dataset, instead of the first of each class.",
      valueName: "i,i"))
  var sample: SampleList?

  @Option(help: "Colormap of the pictures.")
  var colormap: Colormap = .inferno

  @Flag(
    help:
      "Draw only the pixels of the textures: no titles, scale bars or colour bars. The contact sheet keeps its labels."
  )
  var plain = false

  @Flag(help: "Replace existing pictures.")
  var force = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  mutating func validate() throws {
    try OutputName.checkFolder(out, like: "previews/")
    if let count = sample?.samples.count, count > DatasetPreviews.maximumSamples {
      throw ValidationError("--sample names \(count) samples: expected at most \(DatasetPreviews.maximumSamples).")
    }
  }

  func run() throws {
    try readInSandbox(.read, [file])
    let dataset = try DatasetReader(file, allowingUnfinished: true)
    let pictures = try DatasetPreviews(
      folder: out, recipe: dataset.recipe, samples: sample?.samples, colormap: colormap, plain: plain,
      replace: force)
    let files = try pictures.write(dataset)
    if !quiet { try printResult(previewSummary(files, of: sample == nil ? "class" : "sample", folder: out)) }
  }
}

/// Summarises the pictures: those of classes or samples, and the contact sheet.
func previewSummary(_ files: [String], of what: String = "class", folder: String) -> String {
  "\(folder): pictures of \(counted(files.count - 1, what)), and \(files.last ?? "")"
}
