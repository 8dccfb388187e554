extension MaskRule {
  /// The mask of one layer at one step.
  ///
  /// With the sample and other axes, each sample's mask is drawn by itself; with the sample alone, one mask is drawn
  /// over the batch; without it, one mask serves the whole batch. A mask of `count` elements: b is 0 with the rule's
  /// probability and 1 otherwise, each element by itself; where all are 0, one is set, each as likely; and
  /// m = b * count / sum(b). Then m sums to `count`, and its mean over masks is 1.
  ///
  /// The words are those of Philox4x32-10 under the seed, with the counter (e / 4, step, purpose `mask` * 2^24 +
  /// use * 2^20 + layer, sample): see `MaskNoise`. Elements count row-major over the masked axes.
  ///
  /// - Parameters:
  ///   - samples: those whose masks are wanted, by their places in the batch.
  ///   - batch: samples of the whole batch.
  ///   - shape: of one sample's activation.
  ///   - seed: of the training.
  ///   - step: of the training, from 0.
  ///   - layer: its index in the network.
  /// - Precondition: the rule passes ``check(shape:)``. A fixed element's sample beyond the batch stands for the last.
  public func draw(
    samples: Range<Int>, of batch: Int, shape: Shape, seed: UInt64, step: Int, layer: Int
  ) -> Mask {
    let extents = Axis.allCases.map { axis in
      !axes.contains(axis) ? 1 : axis == .sample ? batch : shape.extent(along: axis)
    }
    let count = elementAxes.reduce(1) { $0 * extents[$1.position] }
    // One mask over the batch, or over all samples' places alike, or a mask for each sample.
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
  /// In (B, C, H, W).
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
  /// The mask of one layer at one step, of a whole batch of `samples`.
  public func draw(samples: Int, shape: Shape, seed: UInt64, step: Int, layer: Int) -> Mask {
    draw(samples: 0..<samples, of: samples, shape: shape, seed: seed, step: step, layer: layer)
  }
}
