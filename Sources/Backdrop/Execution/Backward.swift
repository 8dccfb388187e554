extension BatchPass {
  /// The chain rule: the segments in reverse order, each from dL/dy to dL/dx, with the parameters' gradients on the way.
  ///
  /// Segments through crops at the network's bottom, where maps are largest, are done for a group of samples after the
  /// other, so that the gradients of their maps are never there for the whole batch.
  ///
  /// - Parameters:
  ///   - images: of the forward pass before, shape (B, C, H, W).
  ///   - outputGradient: dL/dy of the network's outputs, shape (B, K).
  func backward(
    _ images: UnsafePointer<Float>, _ outputGradient: [Float], _ plan: Plan, masks: [Int: Mask], wantsInput: Bool
  ) throws(BackdropError) {
    try gradient(plan.segments.count - 1).setElements(outputGradient)
    if wantsInput { try gradient(-1).clear() }
    let grouped = plan.segments.prefix { $0.isThroughCrops }.count
    for index in (grouped..<plan.segments.count).reversed() {
      let gradients = Gradients(
        output: try gradient(index), input: index > 0 || wantsInput ? try gradient(index - 1) : nil,
        samples: 0..<samples)
      try backward(index, images, plan, masks, gradients)
    }
    guard grouped > 0 else { return }
    let size = checkpoints.samplesPerGroup
    for first in stride(from: 0, to: samples, by: size) {
      let group = first..<min(samples, first + size)
      for index in (0..<grouped).reversed() {
        let gradients = Gradients(
          output: index == grouped - 1 ? try gradient(index).samples(group) : try gradient(index, samples: group),
          input: index > 0
            ? try gradient(index - 1, samples: group) : wantsInput ? try gradient(-1).samples(group) : nil,
          samples: group)
        try backward(index, images, plan, masks, gradients)
      }
    }
  }

  /// The gradients at both ends of a segment, for some samples.
  private struct Gradients {
    /// dL/dy.
    let output: Tensor
    /// dL/dx, where it is wanted.
    let input: Tensor?
    let samples: Range<Int>
  }

  /// One segment, for some samples.
  private func backward(
    _ index: Int, _ images: UnsafePointer<Float>, _ plan: Plan, _ masks: [Int: Mask], _ gradients: Gradients
  ) throws(BackdropError) {
    let segment = plan.segments[index]
    for (layer, _) in segment.segment.masks {
      if let mask = masks[layer] { gradients.output.multiply(by: mask, samples: gradients.samples) }
    }
    // Masks are applied whatever the plan.
    let start = ContinuousClock.now
    defer { times.backward[index] += ContinuousClock.now - start }
    switch segment.method {
    case .whole:
      try whole(index).backward(masks: masks, wantsInput: gradients.input != nil, workers)
    case .crops(let crops, let geometry):
      let first = gradients.samples.lowerBound
      if index > 0, let gradient = gradients.input { plan.segments[index - 1].clear(gradient, gradients.samples) }
      let backward = CropBackward(
        segment: segment.segment, geometry: geometry, together: segment.cropsTogether, masks: masks, workers: workers)
      try backward.run(
        crops.of(gradients.samples),
        CropBackward.Ends(
          input: input(index, images), output: MapView(output(index)),
          outputGradient: MapView(gradients.output, sample: first),
          inputGradient: gradients.input.map { MapView($0, sample: first) }))
    case .forwardOnly:
      preconditionFailure("a backward pass follows a forward pass of the same plan")
    }
  }
}

extension SegmentPlan {
  fileprivate var isThroughCrops: Bool { if case .crops = method { true } else { false } }

  /// Sets to zero what the backward pass of this segment reads of the gradient of its output.
  fileprivate func clear(_ gradient: Tensor, _ samples: Range<Int>) {
    guard case .crops(let crops, let geometry) = method else { return gradient.clear() }
    let view = MapView(gradient, sample: samples.lowerBound)
    for crop in crops.of(samples) { view.clear(crop, square: geometry.square) }
  }
}

extension [Crop] {
  /// Those of some samples, by which they are ordered.
  fileprivate func of(_ samples: Range<Int>) -> ArraySlice<Crop> {
    func first(from sample: Int) -> Int {
      var (low, high) = (0, count)
      while low < high {
        let middle = (low + high) / 2
        if self[middle].sample < sample { low = middle + 1 } else { high = middle }
      }
      return low
    }
    return self[first(from: samples.lowerBound)..<first(from: samples.upperBound)]
  }
}
