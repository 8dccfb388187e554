/// A network's layers as they run: a ReLU is part of the convolution before it, and layers that thin the gradient divide the
/// operations into segments.
struct Program {
  /// In order; the output of one is the input of the next.
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
      // Below a mask of the images there is nothing to omit: it runs as an operation.
      if index > 0, operation.gradientFilter != nil {
        filters.append(bound)
        continue
      }
      if operation.isIdentity(on: input) { continue }
      // A ReLU behind filters can run before them: what it does to the gradient is done before they are.
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
        .invalidNetwork, "the network has no layer that computes anything; give it a convolution, say")
    }
    self.segments = segments
  }

  /// As ``init(_:size:)``, for squares.
  init(_ network: Network, side: Int) throws(BackdropError) { try self.init(network, size: ImageSize(side: side)) }

  /// The masks and dropout's multipliers of one training step, by layer.
  ///
  /// - Parameters:
  ///   - samples: those whose masks are wanted, by their places in the batch.
  ///   - batch: samples of the whole batch.
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
  /// What thins the gradient of the output, in the order of the layers.
  let filters: [BoundOperation]
  let input: Shape
  let output: Shape

  /// Whether an element of the output depends on a window of the input.
  var isLocal: Bool { operations.allSatisfy(\.isLocal) }
}
