import Synchronization

/// The forward pass of a segment that keeps nothing but its output: local operations tile by tile, the others whole, in two
/// memories that take turns.
///
/// What lies between two stages of tiles is there for one sample at a time; of very large maps, for an area of one. Areas
/// overlap in what they depend on.
final class SegmentForward {
  private let stages: [TileStage]
  /// The layouts of what the stages give.
  private let layouts: [TensorLayout]
  /// The areas of a sample's output that are computed one after the other: for each stage, what it has to give.
  private let areas: [[MapArea]]
  private let samples: Int
  /// What the stages give of the whole batch.
  private let local: Tensor
  private let pool: BufferPool
  /// The operations that are not local.
  private let nonlocal: SegmentPass?
  private let context: ComputeContext

  /// Bytes of what lies between two stages.
  static let betweenBytes = 20 << 20

  /// - Parameters:
  ///   - input: its shape in memory.
  ///   - output: of the segment.
  ///   - threads: of the workers.
  ///   - betweenBytes: of what lies between two stages, at most, where the areas of a map do not become too small.
  init(
    _ segment: Segment, input: TensorShape, output: Tensor, threads: Int, betweenBytes: Int = betweenBytes,
    _ store: ParameterStore, _ pool: BufferPool, _ context: ComputeContext
  ) throws(BackdropError) {
    samples = input.samples
    self.pool = pool
    self.context = context
    let isShared = Self.isShared(samples, threads)
    stages = TileStage.stages(segment, leastTiles: isShared ? 2 * threads : 1)
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

  /// - Parameter input: the segment's.
  func run(_ input: MapView, masks: [Int: Mask], _ workers: Workers) throws(BackdropError) {
    if stages.isEmpty {
      for sample in 0..<samples { local.take(sample, from: input, sample: sample, y: 0, x: 0) }
    } else {
      let count = samples * areas.count
      if Self.isShared(count, workers.all.count) {
        for number in 0..<count { try runShared(number, input, masks, workers) }
      } else {
        try runApart(count, input, masks, workers)
      }
    }
    guard let nonlocal else { return }
    // The workers may have left another number of threads behind.
    context.enter()
    try nonlocal.forward(PassInputs(masks: masks, samples: Array(0..<samples)))
  }

  /// Parts that do not go evenly into the threads would leave threads without work at the end: they are shared by all.
  private static func isShared(_ count: Int, _ threads: Int) -> Bool {
    count % threads != 0 && count < 4 * threads
  }

  /// Each worker takes areas of its own.
  private func runApart(
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

  /// The squares that a sample's output is divided into, as what each stage has to give for them.
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
  /// The layout of the output, where the input has one and convolutions give another.
  func outputLayout(from input: TensorLayout, _ convolutions: TensorLayout) -> TensorLayout {
    operations.reduce(input) { $1.outputLayout(from: $0, convolutions) }
  }

  /// The operations after the first ones.
  func dropFirst(_ count: Int) -> Segment {
    Segment(
      operations: Array(operations.dropFirst(count)), filters: filters,
      input: count == 0 ? input : operations[count - 1].output, output: output)
  }
}
