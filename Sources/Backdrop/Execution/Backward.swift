extension BatchPass {
  /// The chain rule: the segments in reverse order, each from dL/dy to dL/dx, with the parameters' gradients on the way.
  ///
  /// Segments through crops at the network's bottom, where maps are largest, are done for a group of samples after the
  /// other, so that the gradients of their maps are never there for the whole batch.
  ///
  /// - Parameters:
  ///   - images: of the forward pass before, shape (B, C, H, W).
  ///   - outputGradient: dL/dy of the network's outputs, shape (B, K).
  /// - Returns: the number of each segment's crops.
  func backward(
    _ images: UnsafePointer<Float>, _ outputGradient: [Float], _ plan: Plan, masks: [Int: Mask], wantsInput: Bool
  ) throws(BackdropError) -> [Int] {
    var cropCounts = plan.segments.map { _ in 0 }
    try gradient(plan.segments.count - 1).setElements(outputGradient)
    if wantsInput { try gradient(-1).clear() }
    let grouped = plan.segments.prefix { $0.isThroughCrops }.count
    for index in (grouped..<plan.segments.count).reversed() {
      let gradients = Gradients(
        output: try gradient(index), input: index > 0 || wantsInput ? try gradient(index - 1) : nil,
        samples: 0..<samples)
      cropCounts[index] += try backward(index, images, plan, masks, gradients)
    }
    guard grouped > 0 else { return cropCounts }
    let size = checkpoints.samplesPerGroup
    for first in stride(from: 0, to: samples, by: size) {
      let group = first..<min(samples, first + size)
      for index in (0..<grouped).reversed() {
        let gradients = Gradients(
          output: index == grouped - 1 ? try gradient(index).samples(group) : try gradient(index, samples: group),
          input: index > 0
            ? try gradient(index - 1, samples: group) : wantsInput ? try gradient(-1).samples(group) : nil,
          samples: group)
        cropCounts[index] += try backward(index, images, plan, masks, gradients)
      }
    }
    return cropCounts
  }

  /// The gradients at both ends of a segment, for some samples.
  fileprivate struct Gradients {
    /// dL/dy.
    let output: Tensor
    /// dL/dx, where it is wanted.
    let input: Tensor?
    let samples: Range<Int>
  }

  /// What the layers behind a segment leave of the gradient of its output, in their reverse order.
  private func thin(_ gradients: Gradients, _ index: Int, _ masks: [Int: Mask]) throws(BackdropError) {
    let segment = checkpoints.segments[index]
    for filter in segment.filters.reversed() {
      if let mask = masks[filter.layer] { gradients.output.multiply(by: mask, samples: gradients.samples) }
      guard let k = filter.operation.gradientFilter?.largest, let last = segment.operations.last else { continue }
      // The layer thins the gradient of the sum before the ReLU.
      let output = last.operation.fusesReLU ? try output(index).samples(gradients.samples) : nil
      let count = gradients.samples.count
      try workers.onEach { worker, number throws(BackdropError) in
        let part = count * number / workers.all.count..<count * (number + 1) / workers.all.count
        if let output { gradients.output.samples(part).clearWhereNotPositive(output.samples(part)) }
        let bias = worker.store.parameters(ofLayer: last.layer).biasSum
        for sample in part { gradients.output.keepLargest(k, sample: sample, dropped: bias) }
      }
    }
  }

  /// One segment, for some samples.
  ///
  /// - Returns: the number of its crops.
  private func backward(
    _ index: Int, _ images: UnsafePointer<Float>, _ plan: Plan, _ masks: [Int: Mask], _ gradients: Gradients
  ) throws(BackdropError) -> Int {
    let segment = plan.segments[index]
    try thin(gradients, index, masks)
    // The gradient is thinned whatever the plan.
    let start = ContinuousClock.now
    defer { times.backward[index] += ContinuousClock.now - start }
    switch segment.method {
    case .whole:
      try whole(index).backward(masks: masks, wantsInput: gradients.input != nil, workers)
      return 0
    case .crops(let list, let geometry):
      let first = gradients.samples.lowerBound
      let crops = list.of(gradients, square: geometry.square)
      if index > 0, let gradient = gradients.input { plan.segments[index - 1].clear(gradient, gradients.samples) }
      let backward = CropBackward(
        segment: segment.segment, geometry: geometry, together: segment.cropsTogether, masks: masks, workers: workers)
      try backward.run(
        crops,
        CropBackward.Ends(
          input: input(index, images), output: MapView(output(index)),
          outputGradient: MapView(gradients.output, sample: first),
          inputGradient: gradients.input.map { MapView($0, sample: first) }))
      return crops.count
    case .forwardOnly:
      preconditionFailure("a backward pass follows a forward pass of the same plan")
    }
  }
}

extension CropList {
  /// Those of some samples.
  ///
  /// - Parameter square: side of a crop's square.
  fileprivate func of(_ gradients: BatchPass.Gradients, square: Int) -> ArraySlice<Crop> {
    switch self {
    case .known(let crops): crops.of(gradients.samples)
    case .found: gradients.output.crops(square: square, firstSample: gradients.samples.lowerBound)[...]
    }
  }
}

extension SegmentPlan {
  fileprivate var isThroughCrops: Bool { if case .crops = method { true } else { false } }

  /// Sets to zero what the backward pass of this segment reads of the gradient of its output.
  fileprivate func clear(_ gradient: Tensor, _ samples: Range<Int>) {
    // A layer that passes the largest elements reads all of them.
    guard case .crops(.known(let crops), let geometry) = method, segment.largest == nil else {
      return gradient.clear()
    }
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
