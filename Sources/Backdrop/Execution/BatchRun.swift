/// Forward and backward through all sections, for one number of samples.
final class BatchRun {
  private let program: Program
  private let samples: Int
  private let standardization: Standardization
  private let store: ParameterStore
  private let workers: Workers
  /// For whole passes: with all threads, and with one.
  private let contexts: (all: ComputeContext, one: ComputeContext)
  private let maps: Maps
  private let shapes: [TensorShape]
  private var wholes: [Int: WholeSection] = [:]
  private var forwards: [Int: SectionForward] = [:]
  private let pools: RunPools

  /// - Parameters:
  ///   - samples: B.
  ///   - maximumBatch: the most samples of all runs that share the pools.
  init(
    _ program: Program, samples: Int, maximumBatch: Int, _ standardization: Standardization, _ store: ParameterStore,
    _ workers: Workers, _ pools: RunPools, _ contexts: (all: ComputeContext, one: ComputeContext)
  ) {
    self.pools = pools
    self.program = program
    self.samples = samples
    self.standardization = standardization
    self.store = store
    self.workers = workers
    self.contexts = contexts
    var shapes = [TensorShape(samples: samples, program.segments[0].input, .plain)]
    for section in program.segments {
      let layout = section.outputLayout(from: shapes[shapes.count - 1].layout, contexts.all.activationLayout)
      shapes.append(TensorShape(samples: samples, section.output, layout))
    }
    self.shapes = shapes
    maps = Maps(shapes, maximumBatch: maximumBatch, pools.maps)
  }

  /// Runs the network forward.
  ///
  /// - Parameter images: shape (B, C, H, W).
  func forward(
    _ images: UnsafePointer<Float>, live: LiveWindows, factors: [Int: Mask]
  ) throws(BackdropError) {
    let inputs = PassInputs(masks: factors, samples: Array(0..<samples))
    for (section, extent) in live.extents.enumerated() {
      switch extent {
      case .whole:
        let images = section == 0 ? try source(0, images) : nil
        try whole(section).forward(images, factors: factors, workers)
      case .windows, .nothing:
        try forwardPass(section).run(source(section, images), inputs, workers)
      }
    }
  }

  /// Adds all parameters' gradients to their sums, after ``forward(_:live:factors:)`` of the same images.
  ///
  /// - Parameter outputGradient: dL/dy, shape (B, K).
  func backward(
    _ images: UnsafePointer<Float>, _ outputGradient: [Float], live: LiveWindows, factors: [Int: Mask],
    wantsInput: Bool
  ) throws(BackdropError) {
    let last = program.segments.count - 1
    try maps.gradient(ofSection: last).setElements(outputGradient)
    for section in (0...last).reversed() {
      let masks = program.segments[section].masks.compactMap { factors[$0.layer] }
      let gradient = try maps.gradient(ofSection: section)
      let wantsInput = section > 0 || wantsInput
      switch live.extents[section] {
      case .whole:
        try whole(section).backward(masks: masks, factors: factors, wantsInput: wantsInput, workers)
      case .windows(let windows, let geometry):
        let inputGradient = wantsInput ? try maps.gradient(ofSection: section - 1) : nil
        inputGradient?.clear()
        try WindowedBackward(program.segments[section], geometry, name: "section \(section)").run(
          windows, source(section, images), outputGradient: gradient, masks: masks, factors: factors,
          inputGradient: inputGradient, workers)
      case .nothing:
        preconditionFailure("a backward pass follows a forward pass with windows or whole maps")
      }
    }
  }

  /// y of the last forward pass, shape (B, K).
  func outputs() throws(BackdropError) -> [Float] { try maps.output(ofSection: program.segments.count - 1).elements() }

  /// dL/dx of the standardised images, shape (B, C, H, W), of the last backward pass.
  func inputGradient() throws(BackdropError) -> [Float] { try maps.gradient(ofSection: -1).elements() }

  /// A section's input.
  private func source(_ section: Int, _ images: UnsafePointer<Float>) throws(BackdropError) -> MapSource {
    section == 0
      ? MapSource(images, shapes[0], standardization) : MapSource(try maps.output(ofSection: section - 1))
  }

  private func whole(_ section: Int) throws(BackdropError) -> WholeSection {
    if let whole = wholes[section] { return whole }
    let ends = SectionPass.Ends(
      input: try maps.output(ofSection: section - 1), output: try maps.output(ofSection: section),
      inputGradient: try maps.gradient(ofSection: section - 1), outputGradient: try maps.gradient(ofSection: section))
    let whole = try WholeSection(
      program.segments[section], index: section, samples: samples, ends: ends, inputLayout: shapes[section].layout,
      workers, store, pools.whole[section], context(section))
    wholes[section] = whole
    return whole
  }

  /// Small sections are done sooner by one thread than threads are woken; and OpenMP's wait in circles afterwards, in the
  /// way of others.
  private static let workForThreads = 50e6

  private func context(_ section: Int) -> ComputeContext {
    let work = program.segments[section].operations.reduce(0) {
      $0 + $1.multiplyAdds(outputs: $1.output.height * $1.output.width)
    }
    return work * Double(samples) < Self.workForThreads ? contexts.one : contexts.all
  }

  private func forwardPass(_ section: Int) throws(BackdropError) -> SectionForward {
    context(section).enter()
    if let forward = forwards[section] { return forward }
    let forward = try SectionForward(
      program.segments[section], name: "section \(section)", input: shapes[section],
      output: try maps.output(ofSection: section), threads: workers.all.count, store, pools.forward, context(section))
    forwards[section] = forward
    return forward
  }
}

/// Memory that runs of other numbers of samples use too, at other times.
struct RunPools {
  let maps = BufferPool()
  let forward = BufferPool()
  /// Of each section.
  let whole: [BufferPool]

  init(_ program: Program) { whole = program.segments.map { _ in BufferPool() } }
}
