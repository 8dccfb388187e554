extension MaskRule {
  /// The mask of one layer at one step.
  ///
  /// If the axes are the sample and others, each sample has its own mask. If the sample is the only axis, one mask is
  /// drawn over the batch. Without the sample, all samples share one mask. A mask has `count` elements b, each
  /// independently 0 with the rule's probability and 1 otherwise; if all are 0, a random one is set. Then m = b * count
  /// / sum(b), which sums to `count` and has mean 1 over masks.
  ///
  /// The random words are those of Philox4x32-10 under the seed, with the counter (e / 4, step, purpose `mask` * 2^24 +
  /// use * 2^20 + layer, sample): see `MaskNoise`. Elements are numbered row-major over the masked axes.
  ///
  /// - Parameters:
  ///   - samples: the positions, in the batch, of the samples to draw masks for.
  ///   - batch: the number of samples in the whole batch.
  ///   - shape: the shape of one sample's activation.
  ///   - seed: the seed of the training.
  ///   - step: the training step, from 0.
  ///   - layer: the layer's index in the network.
  /// - Precondition: the rule passes ``check(shape:)``. If a fixed element's sample is beyond the batch, the last
  ///   sample is taken.
  public func draw(
    samples: Range<Int>, of batch: Int, shape: Shape, seed: UInt64, step: Int, layer: Int
  ) -> Mask {
    let extents = Axis.allCases.map { axis in
      !axes.contains(axis) ? 1 : axis == .sample ? batch : shape.extent(along: axis)
    }
    let count = elementAxes.reduce(1) { $0 * extents[$1.position] }
    // One mask over the batch or for all samples, as opposed to one for each sample.
    let isShared = elementAxes == [.sample] || !axes.contains(.sample)
    let noise = MaskNoise(seed: seed, step: step, layer: layer)
    var values: [Float] = []
    values.reserveCapacity((isShared ? 1 : samples.count) * count)
    for sample in isShared ? 0..<1 : samples {
      var kept: [Bool]
      if let survivor = fixedIndex(extents: extents) {
        kept = Array(repeating: false, count: count)
        kept[survivor] = true
      } else {
        kept = noise.kept(count, use: .elements, sample: sample, probability: probability)
        if !kept.contains(true) { kept[noise.survivor(of: count, sample: sample)] = true }
      }
      let factor = Float(count) / Float(kept.count { $0 })
      for isKept in kept { values.append(isKept ? factor : 0) }
    }
    guard axes.contains(.sample) else { return Mask(extents: extents, values: values) }
    if isShared { values = Array(values[samples]) }
    return Mask(extents: [samples.count] + extents.dropFirst(), values: values)
  }

  /// The fixed element's index, row-major over the axes of one mask.
  private func fixedIndex(extents: [Int]) -> Int? {
    guard let fixedElement else { return nil }
    precondition(fixedElement.count == elementAxes.count)
    return zip(elementAxes, fixedElement).reduce(0) { result, element in
      let extent = extents[element.0.position]
      precondition(element.0 == .sample || element.1 < extent)
      return result * extent + min(element.1, extent - 1)
    }
  }
}

extension Axis {
  /// The position in (B, C, H, W).
  var position: Int {
    switch self {
    case .sample: 0
    case .channel: 1
    case .y: 2
    case .x: 3
    }
  }
}

extension MaskRule {
  /// The mask of one layer at one step, for a whole batch of `samples` samples.
  public func draw(samples: Int, shape: Shape, seed: UInt64, step: Int, layer: Int) -> Mask {
    draw(samples: 0..<samples, of: samples, shape: shape, seed: seed, step: step, layer: layer)
  }
}
