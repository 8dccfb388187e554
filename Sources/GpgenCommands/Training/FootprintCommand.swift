import ArgumentParser
import Backdrop
import TextureDataset

struct FootprintCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "footprint",
    abstract: "Draw the gradient of the loss with respect to each pixel of a sample.",
    discussion: """
      The picture shows the texture in gray and, beside it, |dL/dx| in colour on a square-root scale: black pixels \
      contribute nothing to this training step. Textures larger than 1,024 px are reduced; below, the part around the \
      maximum is at full resolution. Masks depend on the position of a sample in its batch; here, batches contain all \
      samples in order.
      """)

  @OptionGroup var options: RunOptions

  @Option(help: ArgumentHelp("Output file (.png).", valueName: "file"))
  var out: String

  @Option(
    parsing: .unconditional, help: "Index of the sample in the whole dataset. (default: the first sample)",
    transform: OptionRange.sampleCount)
  var sample: Int?

  @Option(
    parsing: .unconditional, help: "Training step whose masks are drawn, from 0. (default: 0)",
    transform: OptionRange.steps)
  var step = 0

  @Flag(inversion: .prefixedNo, help: "Apply the masks of the run to the gradient.")
  var masks = true

  @Flag(help: "Replace an existing file.")
  var force = false

  mutating func validate() throws {
    try OutputName.checkFile(out, like: "footprint.png", ending: ".png")
  }

  func run() async throws {
    try refuseOutput(out, replace: force)
    let (footprint, record) = try await options.withPredictor { predictor, source, _ in
      let footprint = try await predictor.footprint(
        of: sample ?? source.samples.lowerBound, in: source, step: step, masks: masks)
      return (footprint, predictor.run.record)
    }
    let name = record.dataset.classNames[footprint.classIndex]
    try footprint.writePicture(
      to: out,
      title: "class \(footprint.classIndex) (\(name)), sample \(footprint.sample), "
        + (masks ? "masks of step \(step)" : "no masks"),
      texts: [
        ("Title", "Footprint of sample \(footprint.sample), class \(name)"), ("sample", "\(footprint.sample)"),
        ("class_name", name), ("masks", masks ? "step \(step)" : "none"), ("colours", "square root of |dL/dx|"),
      ])
    guard !options.quiet else { return }
    try printResult(
      "\(out): sample \(footprint.sample), class \(name); \(percent(footprint.nonzeroFraction)) of its pixels have a gradient"
        + (masks ? " in step \(step)" : " without masks"))
  }
}
