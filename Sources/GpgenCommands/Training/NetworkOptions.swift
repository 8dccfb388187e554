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

extension GradientMethod: ExpressibleByArgument {}
extension Layer.KeptPlaces: ExpressibleByArgument {}

/// The options of the reference network.
struct ReferenceNetworkOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: "Side of the kernels after the first, 2 or 3. (default: 3)",
    transform: OptionRange.kernel)
  var kernel: Int?

  @Option(
    parsing: .unconditional, help: "Number of channels of the convolutions. (default: 64)",
    transform: OptionRange.channels)
  var channels: Int?

  @Option(
    parsing: .unconditional,
    help:
      "Number of convolutions. (default: round(log2 side) - 2, but at least 4; 8 for 1024 pixels; fewer below 16 pixels)",
    transform: OptionRange.convolutions)
  var depth: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Convolution, counted from 1, that the fine mask follows. (default: three before the last)",
      valueName: "convolution"), transform: OptionRange.convolutions)
  var fineAfter: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Convolution that the coarse mask follows. (default: the last)", valueName: "convolution"),
    transform: OptionRange.convolutions)
  var coarseAfter: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Probability that the fine mask blocks the gradient at a position. (default: \(TrainingDefaults.fineMask))",
      valueName: "probability"), transform: OptionRange.probability)
  var fineMask: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Probability that the coarse mask blocks the gradient at a position. (default: \(TrainingDefaults.coarseMask))",
      valueName: "probability"),
    transform: OptionRange.probability)
  var coarseMask: Double?

  @Option(
    help: ArgumentHelp(
      "Axes of the masks: sample,y,x for one mask per sample, y,x for one mask per batch. (default: sample,y,x)",
      valueName: "axes"))
  var maskDims: AxisList?

  @Option(
    help: ArgumentHelp(
      "Method of thinning the gradient: two Backdrop masks, stochastic backpropagation in their places (sbp), or meProp after every convolution; backdrop by default.",
      valueName: "method"))
  var method: GradientMethod?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Fraction of positions whose gradient SBP keeps. (default: \(TrainingDefaults.sbpRatio))", valueName: "ratio"
    ),
    transform: OptionRange.keptRatio)
  var sbpRatio: Double?

  @Option(
    help: ArgumentHelp(
      "Positions that SBP keeps: equally spaced diagonals (grid), or random ones; grid by default.", valueName: "places"
    ))
  var sbpPlaces: Layer.KeptPlaces?

  @Flag(
    help: "Divide the gradient by the probability that SBP keeps a position, so that its mean is the dense gradient.")
  var sbpUnbiased = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of elements of a sample's gradient that meProp keeps after each convolution, those of largest magnitude.",
      valueName: "k"), transform: OptionRange.keptElements)
  var mepropK: Int?

  /// The given options and the methods they apply to.
  var given: [(name: String, methods: Set<GradientMethod>)] {
    let every = Set(GradientMethod.allCases)
    let all: [(name: String, isGiven: Bool, methods: Set<GradientMethod>)] = [
      ("kernel", kernel != nil, every), ("channels", channels != nil, every), ("depth", depth != nil, every),
      ("fine-after", fineAfter != nil, [.backdrop, .sbp]), ("coarse-after", coarseAfter != nil, [.backdrop, .sbp]),
      ("fine-mask", fineMask != nil, [.backdrop]), ("coarse-mask", coarseMask != nil, [.backdrop]),
      ("mask-dims", maskDims != nil, [.backdrop]), ("method", method != nil, every),
      ("sbp-ratio", sbpRatio != nil, [.sbp]), ("sbp-places", sbpPlaces != nil, [.sbp]),
      ("sbp-unbiased", sbpUnbiased, [.sbp]), ("meprop-k", mepropK != nil, [.meprop]),
    ]
    return all.filter(\.isGiven).map { ($0.name, $0.methods) }
  }

  mutating func validate() throws {
    let method = method ?? .backdrop
    if let option = given.first(where: { !$0.methods.contains(method) }) {
      let methods = GradientMethod.allCases.filter(option.methods.contains).map(\.rawValue).joined(separator: " or ")
      throw ValidationError(
        "--\(option.name) applies to --method \(methods) only, and the method is \(method.rawValue); choose another --method or"
          + " omit the option.")
    }
    if method == .meprop, mepropK == nil {
      throw ValidationError(
        "--method meprop needs --meprop-k, the number of elements of a sample's gradient to keep after each convolution."
      )
    }
  }

  private var referenceMethod: ReferenceMethod {
    if let mepropK { return .meProp(k: mepropK) }
    if method == .sbp {
      return .sbp(ratio: sbpRatio ?? TrainingDefaults.sbpRatio, places: sbpPlaces ?? .grid, unbiased: sbpUnbiased)
    }
    return .backdrop(
      fine: fineMask ?? TrainingDefaults.fineMask, coarse: coarseMask ?? TrainingDefaults.coarseMask,
      axes: maskDims?.axes ?? TrainingDefaults.maskAxes)
  }

  /// The reference network for images of a given size.
  func makeNetwork(size: ImageSize, outputs: Int) throws -> Network {
    do {
      return try Network.reference(
        size: size, outputs: outputs, kernel: kernel ?? TrainingDefaults.kernel,
        channels: channels ?? TrainingDefaults.channels, depth: depth, fineAfter: fineAfter, coarseAfter: coarseAfter,
        method: referenceMethod)
    } catch {
      throw error.code == .invalidNetwork ? ValidationError(error.message) : error
    }
  }
}

/// The options that determine the network and its initial weights.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Network in YAML, described by schemas/network.schema.json, instead of the reference network. `gpgen recipe --network` prints an example.",
      valueName: "file"))
  var network: String?

  @OptionGroup var reference: ReferenceNetworkOptions

  @Option(
    help: ArgumentHelp(
      "Start from the weights of this checkpoint or safetensors file, whose names are those of PyTorch's nn.Sequential.",
      valueName: "file"))
  var weightsFrom: String?

  mutating func validate() throws {
    if network != nil, let option = reference.given.first {
      throw ValidationError(
        "--\(option.name) changes the reference network, and --network replaces it; give one of them.")
    }
  }

  /// The network for images of a given size.
  func makeNetwork(size: ImageSize, outputs: Int) throws -> Network {
    guard let network else { return try reference.makeNetwork(size: size, outputs: outputs) }
    return try Network(
      yaml: try RecipeOptions.read(network, what: "network"), file: network == "-" ? "standard input" : network)
  }
}
