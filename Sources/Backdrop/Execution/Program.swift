/// A network's layers as they are executed. A ReLU is fused into the convolution before it, and layers that thin the
/// gradient divide the operations into segments.
struct Program {
  /// In forward order; the output of each is the input of the next.
  let segments: [Segment]

  /// - Throws: ``BackdropError`` with code `.invalidNetwork` or `.tooSmall`.
  init(_ network: Network, size: ImageSize) throws(BackdropError) {
    let shapes = try network.shapes(of: size)
    var segments: [Segment] = []
    var (operations, filters): ([BoundOperation], [BoundOperation]) = ([], [])
    var (segmentInput, input) = (network.inputShape(of: size), network.inputShape(of: size))

    for (index, layer) in network.layers.enumerated() {
      let output = shapes[index]
      defer { input = output }
      let operation = layer.operation
      let bound = BoundOperation(operation: operation, layer: index, input: input, output: output)
      // A mask on the images has nothing before it to skip, so it runs as an operation.
      if index > 0, operation.gradientFilter != nil {
        filters.append(bound)
        continue
      }
      if operation.isIdentity(on: input) { continue }
      // A ReLU after filters can run before them: its effect on the gradient precedes theirs either way.
      if let last = operations.last, let fused = last.operation.fused(with: operation) {
        operations[operations.count - 1] = BoundOperation(
          operation: fused, layer: last.layer, input: last.input, output: output)
        continue
      }
      if !filters.isEmpty {
        segments.append(Segment(operations: operations, filters: filters, input: segmentInput, output: input))
        (operations, filters, segmentInput) = ([], [], input)
      }
      operations.append(bound)
    }
    segments.append(Segment(operations: operations, filters: filters, input: segmentInput, output: input))
    guard segments.allSatisfy({ !$0.operations.isEmpty }) else {
      throw BackdropError(
        .invalidNetwork, "the network has no layer that computes anything; add a convolution, for example")
    }
    self.segments = segments
  }

  /// Like ``init(_:size:)``, for square images.
  init(_ network: Network, side: Int) throws(BackdropError) { try self.init(network, size: ImageSize(side: side)) }

  /// The masks and dropout's multipliers of one training step, by layer.
  ///
  /// - Parameters:
  ///   - samples: the positions, in the batch, of the samples to draw masks for.
  ///   - batch: the number of samples in the whole batch.
  func drawMasks(samples: Range<Int>, of batch: Int, seed: UInt64, step: Int) -> [Int: Mask] {
    var masks: [Int: Mask] = [:]
    for segment in segments {
      for bound in segment.operations + segment.filters {
        masks[bound.layer] = bound.operation.mask(
          samples: samples, of: batch, shape: bound.input, seed: seed, step: step, layer: bound.layer)
      }
    }
    return masks
  }
}

/// The operations between two layers that thin the gradient.
struct Segment {
  let operations: [BoundOperation]
  /// The layers that thin the gradient of the output, in forward order.
  let filters: [BoundOperation]
  let input: Shape
  let output: Shape

  /// Whether each output element depends on a window of the input.
  var isLocal: Bool { operations.allSatisfy(\.isLocal) }
}
