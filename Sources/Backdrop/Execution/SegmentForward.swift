import Synchronization

/// The forward pass of a segment of which only the output is kept: local operations tile by tile, the others whole, in
/// two alternating buffers.
///
/// Maps between two stages of tiles exist for one sample at a time; very large ones, for one area of a sample. The
/// inputs of adjacent areas overlap.
final class SegmentForward {
  private let stages: [TileStage]
  /// The layouts of the stages' outputs.
  private let layouts: [TensorLayout]
  /// The areas into which a sample's output is divided: for each, the area of every stage's output that it needs.
  private let areas: [[MapArea]]
  private let samples: Int
  /// The output of the last stage for the whole batch.
  private let local: Tensor
  private let pool: BufferPool
  /// The operations that are not local; nil if there are none.
  private let nonlocal: SegmentPass?
  private let context: ComputeContext

  /// The maximum bytes of a map between two stages.
  static let betweenBytes = 20 << 20

  /// - Parameters:
  ///   - input: the shape of the segment's input in memory.
  ///   - output: the segment's output.
  ///   - threads: the number of workers.
  ///   - betweenBytes: the maximum bytes of a map between two stages, unless areas would become too small.
  init(
    _ segment: Segment, input: TensorShape, output: Tensor, threads: Int, betweenBytes: Int = betweenBytes,
    _ store: ParameterStore, _ pool: BufferPool, _ context: ComputeContext
  ) throws(BackdropError) {
    samples = input.samples
    self.pool = pool
    self.context = context
    let isShared = Self.isShared(samples, threads)
    stages = TileStage.stages(segment, minimumTiles: isShared ? 2 * threads : 1)
    var layout = input.layout
    layouts = stages.map { stage in
      layout = stage.segment.outputLayout(from: layout, context.activationLayout)
      return layout
    }
    areas = Self.areas(stages, betweenBytes)

    let left = segment.dropFirst(stages.reduce(0) { $0 + $1.segment.operations.count })
    guard !left.operations.isEmpty else {
      local = output
      nonlocal = nil
      return
    }
    let nonlocal = try SegmentPass(
      left, .whole, samples: samples, keeps: false, ends: .init(output: output), inputLayout: layout, store, pool,
      context)
    local = nonlocal.input
    self.nonlocal = nonlocal
  }

  /// - Parameter input: the segment's input.
  func run(_ input: MapView, masks: [Int: Mask], _ workers: Workers) throws(BackdropError) {
    if stages.isEmpty {
      for sample in 0..<samples { local.take(sample, from: input, sample: sample, y: 0, x: 0) }
    } else {
      let count = samples * areas.count
      if Self.isShared(count, workers.all.count) {
        for number in 0..<count { try runShared(number, input, masks, workers) }
      } else {
        try runSeparately(count, input, masks, workers)
      }
    }
    guard let nonlocal else { return }
    // The workers may have changed the number of threads.
    context.enter()
    try nonlocal.forward(PassInputs(masks: masks, samples: Array(0..<samples)))
  }

  /// Whether all threads share the work on each part: a few parts that do not divide evenly would leave threads idle at
  /// the end.
  private static func isShared(_ count: Int, _ threads: Int) -> Bool {
    count % threads != 0 && count < 4 * threads
  }

  /// Each worker computes whole areas.
  private func runSeparately(
    _ count: Int, _ input: MapView, _ masks: [Int: Mask], _ workers: Workers
  ) throws(BackdropError) {
    let next = Atomic(0)
    try workers.onEach { worker, _ throws(BackdropError) in
      while true {
        let number = next.add(1, ordering: .relaxed).oldValue
        guard number < count else { return }
        for run in try runs(number, input, worker.pool) {
          for tile in 0..<run.tiles { try run.compute(tile, masks, worker) }
        }
      }
    }
  }

  /// All workers share the tiles of one area.
  private func runShared(
    _ number: Int, _ input: MapView, _ masks: [Int: Mask], _ workers: Workers
  ) throws(BackdropError) {
    for run in try runs(number, input, pool) {
      let next = Atomic(0)
      try workers.onEach { worker, _ throws(BackdropError) in
        while true {
          let tile = next.add(1, ordering: .relaxed).oldValue
          guard tile < run.tiles else { return }
          try run.compute(tile, masks, worker)
        }
      }
    }
  }

  /// One stage of one area of a sample.
  private struct Run {
    let stage: TileStage
    let area: MapArea
    let sample: Int
    let input: MapView
    let output: MapView

    var tiles: Int { stage.count(area) }

    func compute(_ tile: Int, _ masks: [Int: Mask], _ worker: Worker) throws(BackdropError) {
      try stage.run(tile: tile, of: area, sample: sample, from: input, into: output, masks, worker)
    }
  }

  /// The stages of one area, in order.
  private func runs(_ number: Int, _ input: MapView, _ pool: BufferPool) throws(BackdropError) -> [Run] {
    let (sample, part) = number.quotientAndRemainder(dividingBy: areas.count)
    var runs: [Run] = []
    var input = input
    for (index, area) in areas[part].enumerated() {
      let stage = stages[index]
      var output = MapView(local)
      if index < stages.count - 1 {
        let shape = TensorShape(samples: 1, area.shape(channels: stage.segment.output.channels), layouts[index])
        let buffer = try pool.buffer("stage \(index)", count: shape.count)
        output = MapView(
          Tensor(shape, in: buffer), sample: sample, y: area.rows.lowerBound, x: area.columns.lowerBound)
      }
      runs.append(Run(stage: stage, area: area, sample: sample, input: input, output: output))
      input = output
    }
    return runs
  }

  /// Divides a sample's output into squares: for each, the area of every stage's output that it needs.
  private static func areas(_ stages: [TileStage], _ betweenBytes: Int) -> [[MapArea]] {
    guard let first = stages.first, let output = stages.last?.segment.output else { return [] }
    let segment = Segment(
      operations: stages.flatMap(\.segment.operations), filters: [], input: first.segment.input, output: output)
    let whole = stages.map { MapArea($0.segment.output) }
    var square = max(output.height, output.width)
    guard bytes(stages, whole) > betweenBytes else { return [whole] }
    while square > 1 {
      square = (square + 1) / 2
      guard let geometry = CropGeometry(segment, square: square) else { continue }
      let corners = stride(from: 0, to: output.height, by: square).flatMap { y in
        stride(from: 0, to: output.width, by: square).map { x in (y, x) }
      }
      let areas = corners.map { y, x in
        var level = 0
        return stages.map { stage in
          level += stage.segment.operations.count
          return MapArea(geometry.levels[level], y: y, x: x)
        }
      }
      if square == 1 || !areas.contains(where: { bytes(stages, $0) > betweenBytes }) { return areas }
    }
    return [whole]
  }

  /// Bytes of the largest map between two stages.
  private static func bytes(_ stages: [TileStage], _ areas: [MapArea]) -> Int {
    zip(stages, areas).dropLast().map { $1.shape(channels: $0.segment.output.channels).bytes }.max() ?? 0
  }
}

extension Segment {
  /// The layout of the output, given those of the input and of convolutions' outputs.
  func outputLayout(from input: TensorLayout, _ convolutions: TensorLayout) -> TensorLayout {
    operations.reduce(input) { $1.outputLayout(from: $0, convolutions) }
  }

  /// The segment without its first operations.
  func dropFirst(_ count: Int) -> Segment {
    Segment(
      operations: Array(operations.dropFirst(count)), filters: filters,
      input: count == 0 ? input : operations[count - 1].output, output: output)
  }
}
