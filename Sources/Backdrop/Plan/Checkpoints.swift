/// Where a program is divided: at layers that thin the gradient, and at checkpoints, whose maps the forward pass keeps.
///
/// A kept map is not recomputed, and crops on either side of it may have different sizes; a map that is not kept takes
/// no memory. The division is chosen once for a model, for the masks of a representative step, so that memory is the
/// same at every step. It is the fastest division, according to ``CostModel``, that fits ``Memory/activations``.
struct Checkpoints {
  /// The segments, in forward order.
  let segments: [Segment]
  /// For each segment, whether the activations of all its operations fit into memory.
  let canBeWhole: [Bool]
  /// The number of samples for which gradients of maps between crops are in memory at the same time.
  let samplesPerGroup: Int
  /// Bytes of a worker's memory for crops; a segment's smallest crops may take more.
  let workspaceBytes: Int

  /// The available memory, and what shares it.
  struct Memory {
    /// B.
    var samples: Int
    var threads: Int
    /// Memory for activations and gradients between the forward and the backward pass, in bytes.
    var activations: Int
  }

  /// - Parameter masks: the masks of a representative step, by layer.
  init(_ program: Program, _ masks: [Int: Mask], _ memory: Memory, _ choice: PlanChoice) {
    let pieces = program.segments.flatMap(\.dividedByLocality)
    var budget = memory.activations
    // The outputs of pieces are always kept.
    for piece in pieces { budget -= 2 * memory.samples * piece.output.bytes }
    var live = LiveMap(all: program.segments[program.segments.count - 1].output, samples: memory.samples)
    var divided: [(segment: Segment, canBeWhole: Bool)] = []
    var workspace = 0
    for (number, piece) in pieces.enumerated().reversed() {
      let search = CheckpointSearch(
        piece: piece, memory: memory, budget: budget, wantsInput: number > 0, choice: choice)
      let found = search.best(live: live, masks: masks)
      divided = found.segments + divided
      if number > 0 { live = found.lowest.reach() }
      budget -= found.bytes
      workspace = max(workspace, found.workspaceBytes)
    }
    segments = divided.map(\.segment)
    canBeWhole = divided.map(\.canBeWhole)
    // The remaining memory is used for the gradients of more samples, and for larger crops.
    budget -= memory.threads * workspace
    let sampleBytes = 2 * (segments.dropLast().map(\.output.bytes).max() ?? 0)
    let minimum = min(memory.samples, memory.threads)
    var group = minimum
    while group < memory.samples, (2 * group - minimum) * sampleBytes < budget {
      group = min(2 * group, memory.samples)
    }
    samplesPerGroup = group
    budget -= (group - minimum) * sampleBytes
    workspaceBytes = workspace + max(0, budget) / memory.threads
  }
}

/// The possible divisions of one piece of a program, between two maps that are always kept.
private struct CheckpointSearch {
  let piece: Segment
  let memory: Checkpoints.Memory
  /// The remaining bytes.
  let budget: Int
  let wantsInput: Bool
  let choice: PlanChoice

  /// A division of the piece.
  struct Division {
    var segments: [(segment: Segment, canBeWhole: Bool)]
    /// The plan of the first segment.
    var lowest: SegmentPlan
    /// Bytes of the kept maps and gradients.
    var bytes: Int
    /// Bytes of one worker's crops.
    var workspaceBytes: Int
    var cost: Double
  }

  /// The cheapest division that fits into memory; if none does, the one that takes the least memory.
  func best(live: LiveMap, masks: [Int: Mask]) -> Division {
    // Divisions that certainly do not fit are skipped, unless none fits.
    let bytes = candidates.map { candidate in
      candidate.reduce(0.0) { $0 + Double(memory.samples) * Double(piece.operations[$1 - 1].output.bytes) }
    }
    let minimum = bytes.filter { $0 > 0 }.min() ?? 0
    let divisions = zip(candidates, bytes).filter { $0.1 <= max(Double(budget), minimum) }
      .map { division(at: $0.0, live: live, masks: masks) }
    func allBytes(_ division: Division) -> Int { division.bytes + memory.threads * division.workspaceBytes }
    let fitting = divisions.filter { allBytes($0) <= budget }
    return fitting.min { $0.cost < $1.cost } ?? divisions.min { allBytes($0) < allBytes($1) } ?? divisions[0]
  }

  /// Candidate divisions: for each, the numbers of operations after which there is a checkpoint.
  private var candidates: [[Int]] {
    let inner = Array(1..<max(1, piece.operations.count))
    guard piece.isLocal else { return [[]] }
    switch choice {
    case .whole: return [[]]
    case .crops(_, let checkpoints, _): return [checkpoints ? inner : []]
    case .fastest: return [[]] + inner.flatMap { [[$0], Array($0..<piece.operations.count)] }
    }
  }

  private func division(at checkpoints: [Int], live: LiveMap, masks: [Int: Mask]) -> Division {
    let bounds = [0] + checkpoints + [piece.operations.count]
    var live = live
    var result = Division(
      segments: [], lowest: SegmentPlan(forwardOf: piece), bytes: 0, workspaceBytes: 0, cost: 0)
    for (first, end) in zip(bounds, bounds.dropFirst()).reversed() {
      let segment = piece[first..<end]
      let wantsInput = wantsInput || first > 0
      if first > 0 {
        let bytes = segment.input.bytes
        result.bytes += (memory.samples + 2 * min(memory.samples, memory.threads)) * bytes
        result.cost += CostModel.checkpoint(segment.input, samples: memory.samples).cost
      }
      // Clamped, so that later additions cannot overflow.
      let wholeBytes = Int(min(segment.keptBytes * Double(memory.samples), 0x1p60))
      let canBeWhole =
        switch choice {
        case .whole: true
        case .crops: !segment.isLocal
        case .fastest: !segment.isLocal || result.bytes + wholeBytes <= budget
        }
      live.restrict(segment, masks)
      let plan = SegmentPlan(
        segment, live: live, samples: memory.samples, wantsInput: wantsInput, canBeWhole: canBeWhole,
        workspaceBytes: max(0, budget - result.bytes) / memory.threads, choice)
      if plan.method == .whole { result.bytes += wholeBytes }
      result.workspaceBytes = max(result.workspaceBytes, plan.workspaceBytes)
      result.cost += plan.work.cost
      result.lowest = plan
      if first > 0 { live = plan.reach() }
      result.segments.insert((segment, canBeWhole && (plan.method == .whole || !segment.isLocal)), at: 0)
    }
    return result
  }
}

extension Segment {
  /// The local operations at the segment's beginning, and the others.
  var dividedByLocality: [Segment] {
    let local = operations.prefix(while: \.isLocal).count
    return local == 0 || local == operations.count ? [self] : [self[0..<local], self[local..<operations.count]]
  }

  /// Bytes of one sample's activations inside the segment, and of their gradients.
  var keptBytes: Double {
    let inner = operations.dropLast().map { Double($0.output.bytes) }
    return inner.reduce(0, +) + 2 * (inner.max() ?? 0)
  }

  /// A range of the operations; the filters belong to the last one.
  subscript(range: Range<Int>) -> Segment {
    Segment(
      operations: Array(operations[range]), filters: range.upperBound == operations.count ? filters : [],
      input: operations[range.lowerBound].input, output: operations[range.upperBound - 1].output)
  }
}

extension Shape {
  /// Bytes of one sample's activation.
  var bytes: Int { count * MemoryLayout<Float>.stride }
}

extension Segment {
  /// The indices of its first and last layer in the network.
  var layers: ClosedRange<Int> { operations[0].layer...operations[operations.count - 1].layer }
}
