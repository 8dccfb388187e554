/// The forward pass through a section that keeps nothing but its output: local steps tile by tile, the others whole, in two
/// memories that take turns.
final class SectionForward {
  private let stages: [TiledForward]
  /// What each stage but the last gives, and the last too where steps follow.
  private let between: [Tensor]
  private let rest: SectionPass?

  /// - Parameters:
  ///   - name: of the section, for the workers.
  ///   - input: its shape in memory.
  ///   - output: of the section.
  ///   - threads: of the workers.
  init(
    _ section: Program.Section, name: String, input: TensorShape, output: Tensor, threads: Int,
    _ store: ParameterStore, _ pool: BufferPool, _ context: ComputeContext
  ) throws(BackdropError) {
    stages = TiledForward.stages(section, name: name, samples: input.samples, threads: threads)
    var (between, shape) = ([Tensor](), input)
    for (index, stage) in stages.enumerated() {
      let layout = stage.part.outputLayout(from: shape.layout, context.activationLayout)
      shape = TensorShape(samples: input.samples, stage.part.output, layout)
      between.append(Tensor(shape, in: pool.buffer("stage \(index)", count: shape.count)))
    }
    let left = section.dropFirst(stages.reduce(0) { $0 + $1.part.steps.count })
    if left.steps.isEmpty {
      between[between.count - 1] = output
      rest = nil
    } else {
      rest = try SectionPass(
        left, .whole, samples: input.samples, keeps: false, ends: .init(input: between.last, output: output),
        inputLayout: shape.layout, store, pool, context)
    }
    self.between = between
  }

  /// - Parameter source: the section's input.
  func run(_ source: MapSource, _ inputs: PassInputs, _ workers: Workers) throws(BackdropError) {
    var source = source
    for (stage, output) in zip(stages, between) {
      try stage.run(source, into: output, factors: inputs.factors, workers)
      source = MapSource(output)
    }
    guard let rest else { return }
    if stages.isEmpty { rest.input.copy(source) }
    try rest.forward(inputs)
  }
}

extension Tensor {
  /// Takes whole maps.
  fileprivate func copy(_ source: MapSource) {
    for element in 0..<shape.count { pointer[element] = source.factor * source.pointer[element] + source.shift }
  }
}
