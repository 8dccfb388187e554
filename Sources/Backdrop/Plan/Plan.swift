/// How the backward pass is computed.
package enum PlanChoice: Hashable, Sendable {
  /// In the fastest way that fits into memory.
  case fastest
  /// Everything on whole maps, multiplied by the masks.
  case whole
  /// Through crops wherever possible: `square` is their side, a power of two, and `checkpoints` puts a checkpoint after
  /// every operation. `together` crops, a power of two, are computed at once; ``CostModel`` chooses if not given.
  case crops(square: Int, checkpoints: Bool, together: Int? = nil)
}

/// How a step is computed. It is known from the masks before the forward pass, except for crops of gradients that
/// meProp thins.
///
/// An element of a segment's output carries gradient if the segment's masks keep it, its sample takes part in the loss,
/// and a later live element depends on it. The segment's gradient is the sum over crops that together contain all such
/// elements: single cells if few survive, tiles if all do. If crops would cost more and memory allows it, the segment
/// is computed whole.
struct Plan {
  /// The plans of the segments, in forward order.
  let segments: [SegmentPlan]
  /// The fraction of the gradient's elements that pass the layers that thin it; 1 without such layers. For meProp, the
  /// maximum that can pass.
  let keptFraction: Double
  /// The number of crops of each segment; once the backward pass is done, including those that it found.
  var cropCounts: [Int]

  /// For a pass without a backward.
  init(forwardOf checkpoints: Checkpoints) {
    segments = checkpoints.segments.map { SegmentPlan(forwardOf: $0) }
    keptFraction = 1
    cropCounts = segments.map { _ in 0 }
  }

  /// - Parameters:
  ///   - masks: the masks of this step, by layer.
  ///   - samples: B.
  ///   - wantsInput: whether to compute dL/dx of the images.
  init(_ checkpoints: Checkpoints, _ masks: [Int: Mask], samples: Int, wantsInput: Bool, _ choice: PlanChoice) {
    var plans: [SegmentPlan] = []
    var live = LiveMap(all: checkpoints.segments[checkpoints.segments.count - 1].output, samples: samples)
    var (kept, all) = (0.0, 0.0)
    for (index, segment) in checkpoints.segments.enumerated().reversed() {
      live.restrict(segment, masks)
      if !segment.filters.isEmpty {
        let elements = Double(samples * segment.output.count)
        let maximum = min(segment.largest ?? segment.output.count, segment.output.count)
        kept += min(Double(live.count * segment.output.channels), Double(samples * maximum), elements)
        all += elements
      }
      let plan = SegmentPlan(
        segment, live: live, samples: samples, wantsInput: wantsInput || index > 0,
        canBeWhole: checkpoints.canBeWhole[index], workspaceBytes: checkpoints.workspaceBytes, choice)
      plans.append(plan)
      // The step does not need the images' positions, and there may be very many.
      guard index > 0 else { continue }
      live = plan.reach()
      live.restrict(toSamples: segment, masks)
    }
    segments = plans.reversed()
    keptFraction = all == 0 ? 1 : kept / all
    cropCounts = segments.map(\.knownCropCount)
  }
}

/// How one segment is computed.
struct SegmentPlan {
  enum Method: Equatable {
    /// On whole maps, whose activations the forward pass keeps.
    case whole
    /// Through crops, whose activations are recomputed: the forward pass keeps only the output.
    case crops(CropList, CropGeometry)
    /// Without a backward pass.
    case forwardOnly
  }

  let segment: Segment
  let method: Method
  /// The maximum work of the method.
  let work: Work
  /// The maximum number of crops.
  let maximumCrops: Int
  /// The maximum number of crops in a pass, a power of two; 0 without crops.
  let cropsTogether: Int
  private let live: LiveMap?

  /// For a pass without a backward.
  init(forwardOf segment: Segment) {
    self.segment = segment
    method = .forwardOnly
    work = Work()
    maximumCrops = 0
    cropsTogether = 0
    live = nil
  }

  /// - Parameters:
  ///   - live: the positions of the output that carry gradient.
  ///   - workspaceBytes: the bytes that a worker may use, if there is a choice.
  init(
    _ segment: Segment, live: LiveMap, samples: Int, wantsInput: Bool, canBeWhole: Bool, workspaceBytes: Int,
    _ choice: PlanChoice
  ) {
    self.segment = segment
    self.live = live
    let whole = CostModel.whole(segment, samples: samples, wantsInput: wantsInput)
    var best: (geometry: CropGeometry, count: Int, work: Work)?
    var squares = live
    var square = 1
    // Larger squares are fewer and overlap less, but contain more zeros.
    while square == 1 || square / 2 < max(segment.output.height, segment.output.width) {
      if square > 1 { squares = squares.halved() }
      if choice.allows(square), let geometry = CropGeometry(segment, square: square) {
        let count = squares.count
        let work = CostModel.crops(segment, geometry, count: count, wantsInput: wantsInput)
        let isBetter =
          choice != .fastest
          || CostModel.workspaceBytes(segment, geometry) <= workspaceBytes && work.cost < (best?.work.cost ?? .infinity)
        if best == nil || isBetter { best = (geometry, count, work) }
      }
      square *= 2
    }
    let isWhole = canBeWhole && (choice == .fastest ? whole.cost <= best?.work.cost ?? .infinity : true)
    if let best, !isWhole {
      let list: CropList = live.limit == nil ? .known(live.crops(square: best.geometry.square)) : .found
      method = .crops(list, best.geometry)
      work = best.work
      maximumCrops = best.count
      cropsTogether = choice.cropsTogether ?? CostModel.cropsTogether(segment, best.geometry)
    } else {
      method = .whole
      work = whole
      maximumCrops = 0
      cropsTogether = 0
    }
  }

  /// The number of crops that are known before the step.
  var knownCropCount: Int { if case .crops(.known(let crops), _) = method { crops.count } else { 0 } }

  /// Bytes of a worker's memory for crops.
  var workspaceBytes: Int {
    if case .crops(_, let geometry) = method { CostModel.workspaceBytes(segment, geometry) } else { 0 }
  }

  /// The positions of the input that get gradient.
  func reach() -> LiveMap {
    guard let live else { preconditionFailure("a plan without a backward pass has no gradients") }
    if let geometry = CropGeometry(segment, square: 1) { return live.reach(segment.input, geometry.levels[0]) }
    var reached = LiveMap(all: segment.input, samples: live.samples)
    reached.restrict(toSamples: live.liveSamples)
    return reached
  }
}

extension PlanChoice {
  /// Whether crops may have this side. If the cost does not decide, the largest allowed side is taken.
  fileprivate func allows(_ square: Int) -> Bool {
    if case .crops(let wanted, _, _) = self { square <= wanted } else { true }
  }

  fileprivate var cropsTogether: Int? { if case .crops(_, _, let together) = self { together } else { nil } }
}

extension Segment {
  /// The maximum number of elements of one sample's gradient that meProp layers pass; nil without such layers.
  var largest: Int? { filters.compactMap { $0.operation.gradientFilter?.largest }.min() }
}

extension LiveMap {
  /// Removes the positions of a segment's output that its filters block.
  mutating func restrict(_ segment: Segment, _ masks: [Int: Mask]) {
    for filter in segment.filters.reversed() {
      if let mask = masks[filter.layer] { restrict(to: mask) }
      if let k = filter.operation.gradientFilter?.largest { restrict(toPlacesPerSample: k) }
    }
  }

  /// Removes the samples that a mask over samples inside a segment blocks.
  mutating func restrict(toSamples segment: Segment, _ masks: [Int: Mask]) {
    for operation in segment.operations {
      guard let mask = masks[operation.layer], mask.extents[2] * mask.extents[3] == 1 else { continue }
      restrict(toSamples: (0..<samples).map { !mask.blocks(sample: $0) })
    }
  }
}

extension Plan {
  /// The cost of a step with this plan.
  ///
  /// - Parameter samples: B.
  func report(samples: Int) -> StepReport {
    var report = StepReport(keepFraction: keptFraction, multiplyAdds: 0, keptBytes: 0)
    for (index, plan) in segments.enumerated() {
      let operations = plan.segment.operations
      report.multiplyAdds += Double(samples) * operations.reduce(0) { $0 + $1.forwardMultiplyAdds }
      let crops = plan.maximumCrops > 0 ? Double(cropCounts[index]) / Double(plan.maximumCrops) : 1
      report.multiplyAdds += plan.work.multiplyAdds * crops
      report.keptBytes += samples * plan.segment.output.bytes
      if plan.method == .whole {
        report.keptBytes += samples * operations.dropLast().reduce(0) { $0 + $1.output.bytes }
      }
    }
    return report
  }

  /// The number of crops of all segments.
  var cropCount: Int { cropCounts.reduce(0, +) }
}
