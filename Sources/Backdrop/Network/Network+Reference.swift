import Foundation

extension Network {
  /// How many convolutions the reference network can have.
  static let depthRange = 1...32

  /// The default number of convolutions of the reference network: round(log2 side) - 2 but at least 4, as far as the
  /// smaller side can be halved that often, and at least 1.
  public static func referenceDepth(of size: ImageSize) -> Int {
    let side = max(1, min(size.height, size.width))
    let halvings = Int.bitWidth - 1 - side.leadingZeroBitCount
    return max(1, min(halvings, max(4, Int(log2(Double(side)).rounded()) - 2)))
  }

  /// The network of Golkar and Cranmer's demo: convolutions of stride 2, each with a ReLU, two masks, the global
  /// average and a linear layer.
  ///
  /// The first convolution is 5x5. At 1024 pixels there are eight, and the masks act on maps of 32x32 and 4x4.
  ///
  /// Each convolution halves height and width: rounding up with an odd kernel, which fits textures of every size, and
  /// rounding down with an even one, for which the smaller side has to be at least 2^depth - 1. The default depth fits
  /// every size.
  ///
  /// - Parameters:
  ///   - size: of the textures; the depth follows the smaller side.
  ///   - outputs: of the linear layer.
  ///   - kernel: side of all convolutions but the first; 2 as in the demo, or 3.
  ///   - channels: of every convolution.
  ///   - depth: number of convolutions; ``referenceDepth(of:)`` unless given.
  ///   - fineAfter: the convolution, counted from 1, after whose ReLU the fine mask stands; three before the last
  ///     unless given, or the first where there are fewer than four.
  ///   - coarseAfter: the same of the coarse mask; the last unless given.
  ///   - fineMask: probability that the fine mask blocks an element.
  ///   - coarseMask: probability that the coarse mask does.
  ///   - maskAxes: of both masks.
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`, or `.tooSmall`.
  /// - Source: Golkar and Cranmer, "Backdrop: stochastic backpropagation" (2018), and its repository dexgen/backdrop.
  public static func reference(
    size: ImageSize, outputs: Int, kernel: Int = 3, channels: Int = 64, depth: Int? = nil, fineAfter: Int? = nil,
    coarseAfter: Int? = nil, fineMask: Double, coarseMask: Double, maskAxes: Set<Axis> = [.sample, .y, .x]
  ) throws(BackdropError) -> Network {
    let depth = depth ?? referenceDepth(of: size)
    try check(depth, "depth", in: depthRange)
    let coarseAfter = coarseAfter ?? depth
    try check(coarseAfter, "coarse-after", in: 1...depth, "the depth")
    let fineAfter = fineAfter ?? min(max(1, depth - 3), coarseAfter)
    try check(fineAfter, "fine-after", in: 1...coarseAfter, "where the coarse mask is")
    try check(kernel, "kernel", in: windowRange)

    var layers: [Layer] = []
    for position in 1...depth {
      let kernel = position == 1 ? 5 : kernel
      layers += [.convolution(channels, kernel: kernel, stride: 2, padding: (kernel - 1) / 2), .relu]
      if position == fineAfter { layers.append(.backdrop(fineMask, axes: maskAxes)) }
      if position == coarseAfter { layers.append(.backdrop(coarseMask, axes: maskAxes)) }
    }
    layers += [.globalAveragePool, .flatten, .linear(outputs)]
    let network = Network(layers: layers)
    do {
      _ = try network.shapes(of: size)
    } catch {
      guard error.code == .tooSmall else { throw error }
      throw BackdropError(
        .tooSmall, "\(error.message). With a smaller depth than \(depth), or an odd kernel, smaller ones fit.")
    }
    return network
  }

  /// As ``reference(size:outputs:kernel:channels:depth:fineAfter:coarseAfter:fineMask:coarseMask:maskAxes:)``, for
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
