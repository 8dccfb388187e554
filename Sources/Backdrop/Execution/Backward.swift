extension BatchPass {
  /// Applies the chain rule to the segments in reverse order: each turns dL/dy into dL/dx and adds to its parameters'
  /// gradients.
  ///
  /// The first segments, whose maps are the largest, are computed through crops for one group of samples at a time. So
  /// the gradients of these maps never exist for the whole batch.
  ///
  /// - Parameters:
  ///   - images: those of the forward pass, shape (B, C, H, W).
  ///   - outputGradient: dL/dy of the network's outputs, shape (B, K).
  /// - Returns: the number of crops of each segment.
  func backward(
    _ images: UnsafePointer<Float>, _ outputGradient: [Float], _ plan: Plan, masks: [Int: Mask], wantsInput: Bool
  ) throws(BackdropError) -> [Int] {
    var cropCounts = plan.segments.map { _ in 0 }
    try gradient(plan.segments.count - 1).setElements(outputGradient)
    if wantsInput { try gradient(-1).clear() }
    let groupedCount = plan.segments.prefix { $0.usesCrops }.count
    for index in (groupedCount..<plan.segments.count).reversed() {
      let gradients = Gradients(
        output: try gradient(index), input: index > 0 || wantsInput ? try gradient(index - 1) : nil,
        samples: 0..<samples)
      cropCounts[index] += try backward(index, images, plan, masks, gradients)
    }
    guard groupedCount > 0 else { return cropCounts }
    let size = checkpoints.samplesPerGroup
    for first in stride(from: 0, to: samples, by: size) {
      let group = first..<min(samples, first + size)
      for index in (0..<groupedCount).reversed() {
        let gradients = Gradients(
          output: index == groupedCount - 1 ? try gradient(index).samples(group) : try gradient(index, samples: group),
          input: index > 0
            ? try gradient(index - 1, samples: group) : wantsInput ? try gradient(-1).samples(group) : nil,
          samples: group)
        cropCounts[index] += try backward(index, images, plan, masks, gradients)
      }
    }
    return cropCounts
  }

  /// The gradients of a segment's output and input, for a range of samples.
  fileprivate struct Gradients {
    /// dL/dy.
    let output: Tensor
    /// dL/dx; nil if it is not needed.
    let input: Tensor?
    let samples: Range<Int>
  }

  /// Thins the gradient of a segment's output with the filters that follow the segment, in reverse order.
  private func thin(_ gradients: Gradients, _ index: Int, _ masks: [Int: Mask]) throws(BackdropError) {
    let segment = checkpoints.segments[index]
    for filter in segment.filters.reversed() {
      if let mask = masks[filter.layer] { gradients.output.multiply(by: mask, samples: gradients.samples) }
      guard let k = filter.operation.gradientFilter?.largest, let last = segment.operations.last else { continue }
      // The layer thins the gradient with respect to the ReLU's input.
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

  /// Computes one segment for a range of samples.
  ///
  /// - Returns: the number of crops.
  private func backward(
    _ index: Int, _ images: UnsafePointer<Float>, _ plan: Plan, _ masks: [Int: Mask], _ gradients: Gradients
  ) throws(BackdropError) -> Int {
    let segment = plan.segments[index]
    try thin(gradients, index, masks)
    // Thinning is not timed: it does not depend on the plan.
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
  /// The crops of a range of samples.
  ///
  /// - Parameter square: the side of a crop's square.
  fileprivate func of(_ gradients: BatchPass.Gradients, square: Int) -> ArraySlice<Crop> {
    switch self {
    case .known(let crops): crops.of(gradients.samples)
    case .found: gradients.output.crops(square: square, firstSample: gradients.samples.lowerBound)[...]
    }
  }
}

extension SegmentPlan {
  fileprivate var usesCrops: Bool { if case .crops = method { true } else { false } }

  /// Clears the part of the output's gradient that this segment's backward pass reads.
  fileprivate func clear(_ gradient: Tensor, _ samples: Range<Int>) {
    // A layer that keeps the largest elements reads the whole gradient.
    guard case .crops(.known(let crops), let geometry) = method, segment.largest == nil else {
      return gradient.clear()
    }
    let view = MapView(gradient, sample: samples.lowerBound)
    for crop in crops.of(samples) { view.clear(crop, square: geometry.square) }
  }
}

extension [Crop] {
  /// The crops of a range of samples; crops are sorted by sample.
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
