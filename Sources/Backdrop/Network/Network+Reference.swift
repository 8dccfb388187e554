import Foundation

extension Network {
  /// The allowed number of convolutions of the reference network.
  static let depthRange = 1...32

  /// The default number of convolutions of the reference network: max(4, round(log2 side) - 2), but no more than the
  /// number of times that the smaller side can be halved, and at least 1.
  public static func referenceDepth(of size: ImageSize) -> Int {
    let side = max(1, min(size.height, size.width))
    let halvings = Int.bitWidth - 1 - side.leadingZeroBitCount
    return max(1, min(halvings, max(4, Int(log2(Double(side)).rounded()) - 2)))
  }

  /// The network of Golkar and Cranmer's demo: convolutions of stride 2, each with a ReLU; two masks; a global average
  /// and a linear layer.
  ///
  /// The first convolution is 5x5. At 1024 pixels there are eight, and the masks act on maps of 32x32 and 4x4.
  ///
  /// Each convolution halves height and width. An odd kernel rounds up and fits textures of every size; an even one
  /// rounds down and needs a smaller side of at least 2^depth - 1. The default depth fits every size.
  ///
  /// - Parameters:
  ///   - size: the size of the textures; the smaller side determines the default depth.
  ///   - outputs: the number of outputs of the linear layer.
  ///   - kernel: the side of all kernels but the first: 2 as in the demo, or 3.
  ///   - channels: the number of channels of every convolution.
  ///   - depth: the number of convolutions; ``referenceDepth(of:)`` if not given.
  ///   - fineAfter: the convolution, counted from 1, whose ReLU the fine mask or SBP layer follows. If not given, the
  ///     third before the last, or the first if there are fewer than four.
  ///   - coarseAfter: the same for the coarse one; the last if not given.
  ///   - method: which layers thin the gradient.
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`, or `.tooSmall`.
  /// - Source: Golkar and Cranmer, "Backdrop: stochastic backpropagation" (2018), and its repository dexgen/backdrop.
  public static func reference(
    size: ImageSize, outputs: Int, kernel: Int = 3, channels: Int = 64, depth: Int? = nil, fineAfter: Int? = nil,
    coarseAfter: Int? = nil, method: ReferenceMethod
  ) throws(BackdropError) -> Network {
    let depth = depth ?? referenceDepth(of: size)
    try check(depth, "depth", in: depthRange)
    let coarseAfter = coarseAfter ?? depth
    try check(coarseAfter, "coarse-after", in: 1...depth, "the depth")
    let fineAfter = fineAfter ?? min(max(1, depth - 3), coarseAfter)
    try check(fineAfter, "fine-after", in: 1...coarseAfter, "the position of the coarse mask")
    try check(kernel, "kernel", in: windowRange)

    var layers: [Layer] = []
    for position in 1...depth {
      let kernel = position == 1 ? 5 : kernel
      layers.append(.convolution(channels, kernel: kernel, stride: 2, padding: (kernel - 1) / 2))
      if case .meProp(let k) = method { layers.append(.meProp(k)) }
      layers.append(.relu)
      if position == fineAfter { layers += method.fineLayers }
      if position == coarseAfter { layers += method.coarseLayers }
    }
    layers += [.globalAveragePool, .flatten, .linear(outputs)]
    let network = Network(layers: layers)
    do {
      _ = try network.shapes(of: size)
    } catch {
      guard error.code == .tooSmall else { throw error }
      throw BackdropError(
        .tooSmall, "\(error.message). A depth below \(depth), or an odd kernel, fits smaller ones.")
    }
    return network
  }

  /// Like ``reference(size:outputs:kernel:channels:depth:fineAfter:coarseAfter:method:)``, with Backdrop masks.
  ///
  /// - Parameters:
  ///   - size: the size of the textures.
  ///   - outputs: the number of outputs.
  ///   - kernel: the kernel's side of all convolutions after the first.
  ///   - channels: the number of channels of every convolution.
  ///   - depth: the number of convolutions; by default it depends on the size.
  ///   - fineAfter: the number of convolutions before the fine mask; by default it depends on the depth.
  ///   - coarseAfter: the number of convolutions before the coarse mask; by default all.
  ///   - fineMask: the probability that the fine mask blocks an element.
  ///   - coarseMask: the probability that the coarse mask blocks an element.
  ///   - maskAxes: the axes of both masks.
  public static func reference(
    size: ImageSize, outputs: Int, kernel: Int = 3, channels: Int = 64, depth: Int? = nil, fineAfter: Int? = nil,
    coarseAfter: Int? = nil, fineMask: Double, coarseMask: Double, maskAxes: Set<Axis> = [.sample, .y, .x]
  ) throws(BackdropError) -> Network {
    try reference(
      size: size, outputs: outputs, kernel: kernel, channels: channels, depth: depth, fineAfter: fineAfter,
      coarseAfter: coarseAfter, method: .backdrop(fine: fineMask, coarse: coarseMask, axes: maskAxes))
  }

  /// Like ``reference(size:outputs:kernel:channels:depth:fineAfter:coarseAfter:fineMask:coarseMask:maskAxes:)``, for
  /// squares.
  public static func reference(
    side: Int, outputs: Int, kernel: Int = 3, channels: Int = 64, depth: Int? = nil, fineAfter: Int? = nil,
    coarseAfter: Int? = nil, fineMask: Double, coarseMask: Double, maskAxes: Set<Axis> = [.sample, .y, .x]
  ) throws(BackdropError) -> Network {
    try reference(
      size: ImageSize(side: side), outputs: outputs, kernel: kernel, channels: channels, depth: depth,
      fineAfter: fineAfter, coarseAfter: coarseAfter, fineMask: fineMask, coarseMask: coarseMask, maskAxes: maskAxes)
  }
}

/// The layers of the reference network that thin the gradient.
public enum ReferenceMethod: Equatable, Sendable {
  /// Two Backdrop masks: the probabilities that they block an element, and the masked axes.
  case backdrop(fine: Double, coarse: Double, axes: Set<Axis> = [.sample, .y, .x])
  /// Two layers of stochastic backpropagation in place of the masks: see ``Layer/sbp(_:places:unbiased:)``.
  case sbp(ratio: Double, places: Layer.KeptPlaces = .grid, unbiased: Bool = false)
  /// A meProp layer after every convolution: see ``Layer/meProp(_:)``.
  case meProp(k: Int)

  fileprivate var fineLayers: [Layer] {
    switch self {
    case .backdrop(let fine, _, let axes): [.backdrop(fine, axes: axes)]
    case .sbp(let ratio, let places, let unbiased): [.sbp(ratio, places: places, unbiased: unbiased)]
    case .meProp: []
    }
  }

  fileprivate var coarseLayers: [Layer] {
    if case .backdrop(_, let coarse, let axes) = self { [.backdrop(coarse, axes: axes)] } else { fineLayers }
  }
}
