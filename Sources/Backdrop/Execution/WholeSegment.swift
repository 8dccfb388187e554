/// The forward and backward pass through a segment whose activations are kept. Each worker computes a part of the
/// samples; if there are fewer samples than workers, oneDNN's threads share them all.
final class WholeSegment {
  private let segment: Segment
  /// The segment's number.
  private let index: Int
  private let samples: Int
  private let inputLayout: TensorLayout
  private let ends: SegmentPass.Ends
  /// The pass for all samples, if there are fewer samples than workers.
  private let undivided: SegmentPass?
  private let context: ComputeContext

  /// - Parameters:
  ///   - index: the segment's number.
  ///   - ends: the tensors at both ends, for all samples.
  init(
    _ segment: Segment, index: Int, samples: Int, ends: SegmentPass.Ends, inputLayout: TensorLayout,
    _ workers: Workers, _ store: ParameterStore, _ pool: BufferPool, _ context: ComputeContext
  ) throws(BackdropError) {
    self.segment = segment
    self.index = index
    self.samples = samples
    self.inputLayout = inputLayout
    self.ends = ends
    self.context = context
    context.enter()
    undivided =
      samples >= workers.all.count
      ? nil
      : try SegmentPass(
        segment, .whole, samples: samples, keeps: true, ends: ends, inputLayout: inputLayout, store, pool, context)
  }

  /// - Parameter input: the segment's input; nil if it is already in the tensor at this segment's end.
  func forward(_ input: MapView?, masks: [Int: Mask], _ workers: Workers) throws(BackdropError) {
    try onParts(workers) { pass, part throws(BackdropError) in
      if let input {
        for sample in part { pass.input.take(sample - part.lowerBound, from: input, sample: sample, y: 0, x: 0) }
      }
      try pass.forward(PassInputs(masks: masks, samples: Array(part)))
    }
  }

  /// Computes the gradients, and adds the parameters' to their sums.
  ///
  /// - Parameter wantsInput: whether to compute dL/dx too.
  func backward(masks: [Int: Mask], wantsInput: Bool, _ workers: Workers) throws(BackdropError) {
    try onParts(workers) { pass, part throws(BackdropError) in
      try pass.backward(PassInputs(masks: masks, samples: Array(part)), wantsInput: wantsInput)
    }
  }

  private func onParts(
    _ workers: Workers, _ body: (_ pass: SegmentPass, _ samples: Range<Int>) throws(BackdropError) -> Void
  ) throws(BackdropError) {
    if let undivided {
      context.enter()
      return try body(undivided, 0..<samples)
    }
    let count = workers.all.count
    try workers.onEach { worker, number throws(BackdropError) in
      let part = samples * number / count..<samples * (number + 1) / count
      let ends = SegmentPass.Ends(
        input: ends.input?.samples(part), output: ends.output?.samples(part),
        inputGradient: ends.inputGradient?.samples(part), outputGradient: ends.outputGradient?.samples(part))
      let pass = try worker.wholePass(
        segment, index: index, batch: samples, samples: part.count, ends: ends, inputLayout: inputLayout)
      try body(pass, part)
    }
  }
}
