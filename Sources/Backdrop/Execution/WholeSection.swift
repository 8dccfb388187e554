/// The forward and the backward pass through a whole section, in which a backward pass finds its activations: each worker
/// has its part of the samples; one sample is computed by all of oneDNN's threads.
final class WholeSection {
  private let section: Segment
  private let index: Int
  private let samples: Int
  private let inputLayout: TensorLayout
  private let ends: SectionPass.Ends
  /// Where there are fewer samples than workers.
  private let undivided: SectionPass?
  private let context: ComputeContext

  /// - Parameters:
  ///   - index: the section's number.
  ///   - ends: for all samples.
  init(
    _ section: Segment, index: Int, samples: Int, ends: SectionPass.Ends, inputLayout: TensorLayout,
    _ workers: Workers, _ store: ParameterStore, _ pool: BufferPool, _ context: ComputeContext
  ) throws(BackdropError) {
    self.section = section
    self.index = index
    self.samples = samples
    self.inputLayout = inputLayout
    self.ends = ends
    self.context = context
    context.enter()
    undivided =
      samples >= workers.all.count
      ? nil
      : try SectionPass(
        section, .whole, samples: samples, keeps: true, ends: ends, inputLayout: inputLayout, store, pool, context)
  }

  /// - Parameter source: the section's input, where it is not there yet.
  func forward(_ source: MapSource?, factors: [Int: Mask], _ workers: Workers) throws(BackdropError) {
    try onParts(workers) { pass, part throws(BackdropError) in
      if let source {
        for sample in part { pass.input.take(sample - part.lowerBound, from: source, sample: sample, y: 0, x: 0) }
      }
      try pass.forward(PassInputs(masks: factors, samples: Array(part)))
    }
  }

  /// Adds the parameters' gradients to their sums.
  ///
  /// - Parameters:
  ///   - masks: of the section's output, by which dL/dy is multiplied first.
  ///   - wantsInput: whether to compute dL/dx too.
  func backward(
    masks: [Mask], factors: [Int: Mask], wantsInput: Bool, _ workers: Workers
  ) throws(BackdropError) {
    try onParts(workers) { pass, part throws(BackdropError) in
      for mask in masks { pass.outputGradient.multiply(by: mask, samples: part) }
      try pass.backward(PassInputs(masks: factors, samples: Array(part)), wantsInput: wantsInput)
    }
  }

  private func onParts(
    _ workers: Workers, _ body: (_ pass: SectionPass, _ samples: Range<Int>) throws(BackdropError) -> Void
  ) throws(BackdropError) {
    if let undivided {
      context.enter()
      return try body(undivided, 0..<samples)
    }
    let count = workers.all.count
    try workers.onEach { worker, number throws(BackdropError) in
      let part = samples * number / count..<samples * (number + 1) / count
      let ends = SectionPass.Ends(
        input: ends.input?.samples(part), output: ends.output?.samples(part),
        inputGradient: ends.inputGradient?.samples(part), outputGradient: ends.outputGradient?.samples(part))
      let pass = try worker.wholePass(
        section, index: index, batch: samples, samples: part.count, ends: ends, inputLayout: inputLayout)
      try body(pass, part)
    }
  }
}
