extension BatchPass {
  /// Computes y = f(x), segment by segment. Segments that the backward pass computes whole keep their activations; the
  /// others keep only their output.
  ///
  /// - Parameters:
  ///   - images: shape (B, C, H, W).
  ///   - masks: those of this step, by layer; empty outside training.
  /// - Returns: the network's outputs, shape (B, K).
  func forward(
    _ images: UnsafePointer<Float>, _ plan: Plan, masks: [Int: Mask]
  ) throws(BackdropError) -> [Float] {
    times = SegmentTimes(segments: plan.segments.count)
    for (index, segment) in plan.segments.enumerated() {
      let start = ContinuousClock.now
      defer { times.forward[index] += ContinuousClock.now - start }
      switch segment.method {
      case .whole:
        try whole(index).forward(index == 0 ? try input(0, images) : nil, masks: masks, workers)
      case .crops, .forwardOnly:
        try forward(index).run(input(index, images), masks: masks, workers)
      }
    }
    return try output(plan.segments.count - 1).elements()
  }
}
