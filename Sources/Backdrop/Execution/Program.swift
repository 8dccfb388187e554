/// A network's layers as they run: a ReLU is part of the convolution before it, and Backdrop masks of places divide the
/// operations into segments.
struct Program {
  /// In order; the output of one is the input of the next.
  let segments: [Segment]

  /// - Throws: ``BackdropError`` with code `.invalidNetwork` or `.tooSmall`.
  init(_ network: Network, size: ImageSize) throws(BackdropError) {
    let shapes = try network.shapes(of: size)
    var segments: [Segment] = []
    var (operations, masks): ([BoundOperation], [(layer: Int, rule: MaskRule)]) = ([], [])
    var (segmentInput, input) = (network.inputShape(of: size), network.inputShape(of: size))

    for (index, layer) in network.layers.enumerated() {
      let output = shapes[index]
      defer { input = output }
      let operation = layer.operation
      // Below a mask of the images there is nothing to omit: it runs as an operation.
      if index > 0, case .mask(let rule) = operation.gradientFilter {
        masks.append((index, rule))
        continue
      }
      if operation.isIdentity(on: input) { continue }
      if masks.isEmpty, let last = operations.last, let fused = last.operation.fused(with: operation) {
        operations[operations.count - 1] = BoundOperation(
          operation: fused, layer: last.layer, input: last.input, output: output)
        continue
      }
      if !masks.isEmpty {
        segments.append(Segment(operations: operations, masks: masks, input: segmentInput, output: input))
        (operations, masks, segmentInput) = ([], [], input)
      }
      operations.append(BoundOperation(operation: operation, layer: index, input: input, output: output))
    }
    segments.append(Segment(operations: operations, masks: masks, input: segmentInput, output: input))
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
      for (layer, rule) in segment.masks {
        masks[layer] = rule.draw(
          samples: samples, of: batch, shape: segment.output, seed: seed, step: step, layer: layer)
      }
      for bound in segment.operations {
        masks[bound.layer] = bound.operation.mask(
          samples: samples, of: batch, shape: bound.input, seed: seed, step: step, layer: bound.layer)
      }
    }
    return masks
  }
}

/// The operations between two Backdrop masks of places.
struct Segment {
  let operations: [BoundOperation]
  /// The masks on the output.
  let masks: [(layer: Int, rule: MaskRule)]
  let input: Shape
  let output: Shape

  /// Whether an element of the output depends on a window of the input.
  var isLocal: Bool { operations.allSatisfy(\.isLocal) }
}
