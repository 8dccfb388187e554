/// The forward pass through a section that keeps nothing but its output: the first steps tile by tile where they are large,
/// the others whole, in two memories that take turns.
final class SectionForward {
  private let tiled: TiledForward?
  private let rest: SectionPass

  /// - Parameters:
  ///   - name: of the section, for the workers.
  ///   - input: its shape in memory.
  ///   - output: of the section.
  init(
    _ section: Program.Section, name: String, input: TensorShape, output: Tensor, _ store: ParameterStore,
    _ pool: BufferPool, _ context: ComputeContext
  ) throws(BackdropError) {
    tiled = TiledForward(section, name: name, samples: input.samples)
    let left = section.dropFirst(tiled?.part.steps.count ?? 0)
    let layout = tiled?.part.outputLayout(from: input.layout, context.activationLayout) ?? input.layout
    rest = try SectionPass(
      left, .whole, samples: input.samples, keeps: false,
      ends: .init(input: left.steps.isEmpty ? output : nil, output: output),
      inputLayout: layout, store, pool, context)
  }

  /// - Parameters:
  ///   - source: the section's input.
  ///   - output: the one that was given to `init`.
  func run(_ source: MapSource, into output: Tensor, _ inputs: PassInputs, _ workers: Workers) throws(BackdropError) {
    if let tiled {
      try tiled.run(source, into: rest.input, factors: inputs.factors, workers)
    } else {
      rest.input.copy(source)
    }
    try rest.forward(inputs)
  }
}

extension Tensor {
  /// Takes whole maps.
  fileprivate func copy(_ source: MapSource) {
    if source.factor == 1, source.shift == 0 {
      pointer.update(from: source.pointer, count: shape.count)
    } else {
      for element in 0..<shape.count { pointer[element] = source.factor * source.pointer[element] + source.shift }
    }
  }
}
