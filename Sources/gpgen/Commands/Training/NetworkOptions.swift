import ArgumentParser
import Backdrop
import Foundation

/// A comma-separated list of axes, as in `sample,y,x`.
struct AxisList: ExpressibleByArgument {
  let axes: Set<Axis>

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let axes = parts.compactMap { Axis(rawValue: $0) }
    guard axes.count == parts.count, Set(axes).count == axes.count else { return nil }
    self.axes = Set(axes)
  }
}

/// The options that decide the network.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The layers in YAML, as schemas/network.schema.json describes them, in place of the reference network.",
      valueName: "file"))
  var network: String?

  @Option(
    parsing: .unconditional, help: "Side of the kernels after the first: 2 or 3. (default: 3)",
    transform: OptionRange.kernel)
  var kernel: Int?

  @Option(parsing: .unconditional, help: "Channels of the convolutions. (default: 64)", transform: OptionRange.channels)
  var channels: Int?

  @Option(
    parsing: .unconditional,
    help: """
      Number of convolutions. (default: round(log2 side) - 2 but at least 4, 8 for 1024 pixels; fewer under 16 pixels)
      """,
    transform: OptionRange.convolutions)
  var depth: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The convolution, from 1, after which the fine mask stands. (default: three before the last)",
      valueName: "convolution"), transform: OptionRange.convolutions)
  var fineAfter: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The convolution after which the coarse mask stands. (default: the last)", valueName: "convolution"),
    transform: OptionRange.convolutions)
  var coarseAfter: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Probability that the fine mask blocks a place's gradient. (default: \(TrainingDefaults.fineMask))",
      valueName: "probability"), transform: OptionRange.probability)
  var fineMask: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Probability that the coarse mask does. (default: \(TrainingDefaults.coarseMask))", valueName: "probability"),
    transform: OptionRange.probability)
  var coarseMask: Double?

  @Option(
    help: ArgumentHelp(
      "The axes that are masked: sample,y,x for every sample its own mask, y,x for one of the batch. (default: sample,y,x)",
      valueName: "axes"))
  var maskDims: AxisList?

  mutating func validate() throws {
    let reference: [(name: String, isGiven: Bool)] = [
      ("kernel", kernel != nil), ("channels", channels != nil), ("depth", depth != nil),
      ("fine-after", fineAfter != nil),
      ("coarse-after", coarseAfter != nil), ("fine-mask", fineMask != nil), ("coarse-mask", coarseMask != nil),
      ("mask-dims", maskDims != nil),
    ]
    if network != nil, let given = reference.first(where: \.isGiven) {
      throw ValidationError("--\(given.name) is of the reference network, --network is another; give one of them.")
    }
  }

  /// The network for images of a size.
  func makeNetwork(size: ImageSize, outputs: Int) throws -> Network {
    if let network {
      return try Network(
        yaml: try RecipeOptions.read(network, what: "network"), file: network == "-" ? "standard input" : network)
    }
    do {
      return try Network.reference(
        size: size, outputs: outputs, kernel: kernel ?? TrainingDefaults.kernel,
        channels: channels ?? TrainingDefaults.channels, depth: depth, fineAfter: fineAfter, coarseAfter: coarseAfter,
        fineMask: fineMask ?? TrainingDefaults.fineMask, coarseMask: coarseMask ?? TrainingDefaults.coarseMask,
        maskAxes: maskDims?.axes ?? TrainingDefaults.maskAxes)
    } catch {
      throw error.code == .invalidNetwork ? ValidationError(error.message) : error
    }
  }
}
