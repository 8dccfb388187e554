import Synchronization

/// The forward pass through a section that keeps nothing but its output: local steps tile by tile, the others whole, in two
/// memories that take turns.
final class SectionForward {
  private let stages: [TiledForward]
  /// The shapes of one sample's maps after each stage.
  private let stageShapes: [TensorShape]
  /// Each worker takes whole samples; else all workers share the tiles of one.
  private let samplesApart: Bool
  private let samples: Int
  /// What the stages give of the whole batch.
  private let local: Tensor
  private let pool: BufferPool
  private let rest: SectionPass?
  private let context: ComputeContext

  /// - Parameters:
  ///   - name: of the section, for the workers.
  ///   - input: its shape in memory.
  ///   - output: of the section.
  ///   - threads: of the workers.
  init(
    _ section: Program.Section, name: String, input: TensorShape, output: Tensor, threads: Int,
    _ store: ParameterStore, _ pool: BufferPool, _ context: ComputeContext
  ) throws(BackdropError) {
    samples = input.samples
    self.context = context
    self.pool = pool
    // Samples that do not go evenly into the threads would leave threads without work at the end.
    samplesApart = samples % threads == 0 || samples >= 4 * threads
    stages = TiledForward.stages(section, name: name, leastTiles: samplesApart ? 1 : 2 * threads)
    var (shapes, layout) = ([TensorShape](), input.layout)
    for stage in stages {
      layout = stage.part.outputLayout(from: layout, context.activationLayout)
      shapes.append(TensorShape(samples: 1, stage.part.output, layout))
    }
    stageShapes = shapes

    let left = section.dropFirst(stages.reduce(0) { $0 + $1.part.steps.count })
    guard !left.steps.isEmpty else {
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
    if stages.isEmpty {
      local.copy(source)
    } else if samplesApart {
      let next = Atomic(0)
      try workers.onEach { worker, _ throws(BackdropError) in
        while true {
          let sample = next.add(1, ordering: .relaxed).oldValue
          guard sample < samples else { return }
          for stage in stages.indices {
            let ends = try ends(stage, sample, source, worker.pool)
            for tile in 0..<stages[stage].count {
              try stages[stage].run(
                tile: tile, ofSample: sample, from: ends.from, into: ends.into, inputs.factors, worker)
            }
          }
        }
      }
    } else {
      for sample in 0..<samples {
        for stage in stages.indices {
          let ends = try ends(stage, sample, source, pool)
          let next = Atomic(0)
          try workers.onEach { worker, _ throws(BackdropError) in
            while true {
              let tile = next.add(1, ordering: .relaxed).oldValue
              guard tile < stages[stage].count else { return }
              try stages[stage].run(
                tile: tile, ofSample: sample, from: ends.from, into: ends.into, inputs.factors, worker)
            }
          }
        }
      }
    }
    guard let rest else { return }
    // The workers may have left another number of threads behind.
    context.enter()
    try rest.forward(inputs)
  }

  /// Where a stage finds its input, and leaves its output: what lies between stages is there for one sample at a time.
  private func ends(
    _ stage: Int, _ sample: Int, _ source: MapSource, _ pool: BufferPool
  ) throws(BackdropError) -> (from: (map: MapSource, sample: Int), into: (map: Tensor, sample: Int)) {
    func between(_ stage: Int) throws(BackdropError) -> Tensor {
      Tensor(stageShapes[stage], in: try pool.buffer("stage \(stage)", count: stageShapes[stage].count))
    }
    return (
      stage == 0 ? (source, sample) : (MapSource(try between(stage - 1)), 0),
      stage == stages.count - 1 ? (local, sample) : (try between(stage), 0)
    )
  }
}

extension Tensor {
  /// Takes whole maps.
  fileprivate func copy(_ source: MapSource) {
    for element in 0..<shape.count { pointer[element] = source.factor * source.pointer[element] + source.shift }
  }
}
