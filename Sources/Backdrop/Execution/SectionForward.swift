import Synchronization

/// The forward pass through a section that keeps nothing but its output: local steps tile by tile, the others whole, in two
/// memories that take turns.
///
/// What lies between two stages of tiles is there for one sample at a time; of very large maps, for a part of one. Parts
/// overlap in what they depend on, the more the deeper they are: they end at the first map that can be whole.
final class SectionForward {
  /// The steps whose maps are too large to be whole, and what they give.
  private let deepest: (forward: SectionForward, output: Tensor)?
  private let stages: [TiledForward]
  /// The layouts of what the stages give.
  private let layouts: [TensorLayout]
  /// The parts of a sample's output that are computed one after the other.
  private let areas: [MapArea]
  private let samples: Int
  /// What the stages give of the whole batch.
  private let local: Tensor
  private let pool: BufferPool
  private let rest: SectionPass?
  private let context: ComputeContext

  /// Bytes of what lies between two stages.
  static let betweenBytes = 20 << 20
  /// Bytes of a batch's map that the parts of very large maps are put together in.
  static let wholeBytes = 512 << 20

  /// - Parameters:
  ///   - name: of the section, for the workers.
  ///   - input: its shape in memory.
  ///   - output: of the section.
  ///   - threads: of the workers.
  ///   - betweenBytes: of what lies between two stages, at most, where the parts of a map do not become too small.
  init(
    _ section: Segment, name: String, input: TensorShape, output: Tensor, threads: Int,
    betweenBytes: Int = betweenBytes, wholeBytes: Int = wholeBytes, _ store: ParameterStore, _ pool: BufferPool,
    _ context: ComputeContext
  ) throws(BackdropError) {
    samples = input.samples
    var (section, input) = (section, input)
    if let cut = Self.cut(section, samples: samples, betweenBytes, wholeBytes) {
      let part = section.first(cut)
      let shape = TensorShape(
        samples: samples, part.output, part.outputLayout(from: input.layout, context.activationLayout))
      let output = Tensor(shape, in: try pool.buffer("\(name) to step \(cut)", count: shape.count))
      deepest = (
        try SectionForward(
          part, name: name, input: input, output: output, threads: threads, betweenBytes: betweenBytes,
          wholeBytes: .max, store, pool, context), output
      )
      (section, input) = (section.dropFirst(cut), shape)
    } else {
      deepest = nil
    }
    self.pool = pool
    self.context = context
    let isShared = Self.isShared(samples, threads)
    stages = TiledForward.stages(section, name: name, leastTiles: isShared ? 2 * threads : 1)
    var layout = input.layout
    layouts = stages.map { stage in
      layout = stage.part.outputLayout(from: layout, context.activationLayout)
      return layout
    }
    areas = Self.areas(stages, betweenBytes)

    let left = section.dropFirst(stages.reduce(0) { $0 + $1.part.operations.count })
    guard !left.operations.isEmpty else {
      local = output
      rest = nil
      return
    }
    let rest = try SectionPass(
      left, .whole, samples: samples, keeps: false, ends: .init(output: output), inputLayout: layout, store, pool,
      context)
    local = rest.input
    self.rest = rest
  }

  /// - Parameter source: the section's input.
  func run(_ source: MapSource, _ inputs: PassInputs, _ workers: Workers) throws(BackdropError) {
    var source = source
    if let deepest {
      try deepest.forward.run(source, inputs, workers)
      source = MapSource(deepest.output)
    }
    if stages.isEmpty {
      for sample in 0..<samples { local.take(sample, from: source, sample: sample, y: 0, x: 0) }
    } else {
      let count = samples * areas.count
      if Self.isShared(count, workers.all.count) {
        for number in 0..<count { try runShared(number, source, inputs.masks, workers) }
      } else {
        try runApart(count, source, inputs.masks, workers)
      }
    }
    guard let rest else { return }
    // The workers may have left another number of threads behind.
    context.enter()
    try rest.forward(inputs)
  }

  /// Parts that do not go evenly into the threads would leave threads without work at the end: they are shared by all.
  private static func isShared(_ count: Int, _ threads: Int) -> Bool {
    count % threads != 0 && count < 4 * threads
  }

  /// Each worker takes parts of its own.
  private func runApart(
    _ count: Int, _ source: MapSource, _ factors: [Int: Mask], _ workers: Workers
  ) throws(BackdropError) {
    let next = Atomic(0)
    try workers.onEach { worker, _ throws(BackdropError) in
      while true {
        let number = next.add(1, ordering: .relaxed).oldValue
        guard number < count else { return }
        for run in try runs(number, source, worker.pool) {
          for tile in 0..<run.tiles {
            try run.stage.run(
              tile: tile, of: run.area, ofSample: number / areas.count, from: run.from, into: run.into, factors, worker)
          }
        }
      }
    }
  }

  /// All workers share the tiles of one part.
  private func runShared(
    _ number: Int, _ source: MapSource, _ factors: [Int: Mask], _ workers: Workers
  ) throws(BackdropError) {
    for run in try runs(number, source, pool) {
      let next = Atomic(0)
      try workers.onEach { worker, _ throws(BackdropError) in
        while true {
          let tile = next.add(1, ordering: .relaxed).oldValue
          guard tile < run.tiles else { return }
          try run.stage.run(
            tile: tile, of: run.area, ofSample: number / areas.count, from: run.from, into: run.into, factors, worker)
        }
      }
    }
  }

  /// One stage of one part.
  private struct Run {
    let stage: TiledForward
    let area: MapArea
    let tiles: Int
    let from: (map: MapSource, place: MapPlace)
    let into: (map: Tensor, place: MapPlace)
  }

  /// The stages of one part, in order.
  private func runs(_ number: Int, _ source: MapSource, _ pool: BufferPool) throws(BackdropError) -> [Run] {
    let (sample, part) = number.quotientAndRemainder(dividingBy: areas.count)
    var runs: [Run] = []
    var from = (map: source, place: MapPlace(sample: sample))
    for (index, area) in Self.areas(before: areas[part], stages).enumerated() {
      let stage = stages[index]
      var into = (map: local, place: MapPlace(sample: sample))
      if index < stages.count - 1 {
        let shape = TensorShape(samples: 1, area.shape(channels: stage.part.output.channels), layouts[index])
        let buffer = try pool.buffer("stage \(index)", count: shape.count)
        into = (
          Tensor(shape, in: buffer), MapPlace(sample: 0, y: area.rows.lowerBound, x: area.columns.lowerBound)
        )
      }
      runs.append(Run(stage: stage, area: area, tiles: stage.count(area), from: from, into: into))
      from = (MapSource(into.map), into.place)
    }
    return runs
  }

  /// What each stage has to give for a part of the last one's output.
  private static func areas(before last: MapArea, _ stages: [TiledForward]) -> [MapArea] {
    var areas = [last]
    for stage in stages.dropFirst().reversed() { areas.append(areas[areas.count - 1].needed(by: stage.part)) }
    return areas.reversed()
  }

  /// How many steps are computed in parts, where others follow that need not be.
  private static func cut(
    _ section: Segment, samples: Int, _ betweenBytes: Int, _ wholeBytes: Int
  ) -> Int? {
    let stages = TiledForward.stages(section, name: "", leastTiles: 1)
    guard wholeBytes < .max, areas(stages, betweenBytes).count > 1 else { return nil }
    let local = stages.reduce(0) { $0 + $1.part.operations.count }
    return (2..<max(2, local)).first { cut in
      let output = section.operations[cut - 1].output
      return samples * output.count * MemoryLayout<Float>.stride <= wholeBytes
    }
  }

  /// The parts that a sample's output is divided into.
  private static func areas(_ stages: [TiledForward], _ betweenBytes: Int) -> [MapArea] {
    guard let output = stages.last?.part.output else { return [] }
    func areas(_ side: Int) -> [MapArea] {
      stride(from: 0, to: output.height, by: side).flatMap { y in
        stride(from: 0, to: output.width, by: side).map { MapArea(output, y: y, x: $0, side: side) }
      }
    }
    var side = max(output.height, output.width)
    func isTooLarge(_ side: Int) -> Bool {
      areas(side).contains { area in
        zip(stages, Self.areas(before: area, stages)).dropLast().contains {
          $1.shape(channels: $0.part.output.channels).count * MemoryLayout<Float>.stride > betweenBytes
        }
      }
    }
    while side > 1, isTooLarge(side) { side = (side + 1) / 2 }
    return areas(side)
  }
}
