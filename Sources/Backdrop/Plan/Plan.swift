/// How the backward pass is computed.
package enum PlanChoice: Hashable, Sendable {
  /// As is fastest within the memory.
  case fastest
  /// Everything on whole maps, multiplied by the masks.
  case whole
  /// Wherever it can be through crops of that side, a power of two, with a checkpoint after every operation or without.
  /// So many of them, a power of two, are computed together; as many as ``CostModel`` says unless given.
  case crops(square: Int, checkpoints: Bool, together: Int? = nil)
}

/// How a step is computed: known from its masks before the forward pass, but for the crops of what meProp passes.
///
/// An element of a segment's output carries gradient where the segment's masks leave it, where its sample takes part in the
/// loss, and where something above reaches it. The gradient of the segment is the sum of the gradients of crops that
/// together hold all such elements: single cells where few survive, tiles where all do. Where crops would cost more, and
/// memory allows it, the segment is computed whole.
struct Plan {
  /// In the order of the forward pass.
  let segments: [SegmentPlan]
  /// The elements of the gradient that pass the layers which thin it, as a fraction of all; 1 without such layers. Of meProp
  /// layers, the most that can pass.
  let keptFraction: Double
  /// The crops of each segment: those that the backward pass has found too, once it is done.
  var cropCounts: [Int]

  /// For a pass without a backward.
  init(forwardOf checkpoints: Checkpoints) {
    segments = checkpoints.segments.map { SegmentPlan(forwardOf: $0) }
    keptFraction = 1
    cropCounts = segments.map { _ in 0 }
  }

  /// - Parameters:
  ///   - masks: of this step, by layer.
  ///   - samples: B.
  ///   - wantsInput: whether dL/dx of the images is computed.
  init(_ checkpoints: Checkpoints, _ masks: [Int: Mask], samples: Int, wantsInput: Bool, _ choice: PlanChoice) {
    var plans: [SegmentPlan] = []
    var live = LiveMap(all: checkpoints.segments[checkpoints.segments.count - 1].output, samples: samples)
    var (kept, all) = (0.0, 0.0)
    for (index, segment) in checkpoints.segments.enumerated().reversed() {
      live.restrict(segment, masks)
      if !segment.filters.isEmpty {
        let elements = Double(samples * segment.output.count)
        let most = min(segment.largest ?? segment.output.count, segment.output.count)
        kept += min(Double(live.count * segment.output.channels), Double(samples * most), elements)
        all += elements
      }
      let plan = SegmentPlan(
        segment, live: live, samples: samples, wantsInput: wantsInput || index > 0,
        canBeWhole: checkpoints.canBeWhole[index], workspaceBytes: checkpoints.workspaceBytes, choice)
      plans.append(plan)
      // The step needs nothing of the images' places, and there may be very many.
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
    /// On whole maps; the forward pass keeps the activations.
    case whole
    /// Through crops, whose activations are computed again: the forward pass keeps the output alone.
    case crops(CropList, CropGeometry)
    /// There is no backward pass.
    case forwardOnly
  }

  let segment: Segment
  let method: Method
  /// What the method does, at most.
  let work: Work
  /// The number of crops, at most.
  let maximumCrops: Int
  /// How many crops a pass computes at most: a power of two; 0 without crops.
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
  ///   - live: the places of the output that carry gradient.
  ///   - workspaceBytes: that a worker may use, where there is a choice.
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
    // Of larger squares there are fewer, and they overlap less; but more of them is zero.
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

  /// The crops that are known before the step.
  var knownCropCount: Int { if case .crops(.known(let crops), _) = method { crops.count } else { 0 } }

  /// Bytes of the memory that a worker computes crops in.
  var workspaceBytes: Int {
    if case .crops(_, let geometry) = method { CostModel.workspaceBytes(segment, geometry) } else { 0 }
  }

  /// The places of the input that get gradient.
  func reach() -> LiveMap {
    guard let live else { preconditionFailure("a pass without a backward reaches nothing") }
    if let geometry = CropGeometry(segment, square: 1) { return live.reach(segment.input, geometry.levels[0]) }
    var reached = LiveMap(all: segment.input, samples: live.samples)
    reached.restrict(toSamples: live.sampleLives)
    return reached
  }
}

extension PlanChoice {
  /// Whether crops may have that side; the largest that may is taken, where it is not the cost that decides.
  fileprivate func allows(_ square: Int) -> Bool {
    if case .crops(let wanted, _, _) = self { square <= wanted } else { true }
  }

  fileprivate var cropsTogether: Int? { if case .crops(_, _, let together) = self { together } else { nil } }
}

extension Segment {
  /// The elements of one sample's gradient that its meProp layers let pass at most; nil without such layers.
  var largest: Int? { filters.compactMap { $0.operation.gradientFilter?.largest }.min() }
}

extension LiveMap {
  /// Removes the places of a segment's output that its filters block.
  mutating func restrict(_ segment: Segment, _ masks: [Int: Mask]) {
    for filter in segment.filters.reversed() {
      if let mask = masks[filter.layer] { restrict(to: mask) }
      if let k = filter.operation.gradientFilter?.largest { restrict(toPlacesOfEachSample: k) }
    }
  }

  /// Removes the samples that a mask of samples inside a segment blocks.
  mutating func restrict(toSamples segment: Segment, _ masks: [Int: Mask]) {
    for operation in segment.operations {
      guard let mask = masks[operation.layer], mask.extents[2] * mask.extents[3] == 1 else { continue }
      restrict(toSamples: (0..<samples).map { !mask.blocks(sample: $0) })
    }
  }
}

extension Plan {
  /// What a step of this plan costs.
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

  /// The crops of all segments.
  var cropCount: Int { cropCounts.reduce(0, +) }
}
