/// Forward and backward through all sections, for one number of samples.
final class BatchRun {
  private let program: Program
  private let samples: Int
  private let standardization: Standardization
  private let windowPasses: WindowPasses
  private let store: ParameterStore
  private let context: ComputeContext
  private let maps: Maps
  private let shapes: [TensorShape]
  private var wholePasses: [Int: SectionPass] = [:]
  private var forwardPasses: [Int: SectionPass] = [:]
  private let forwardPool = BufferPool()
  private var standardizing: ElementwiseKernel.Linear?

  init(
    _ program: Program, samples: Int, _ standardization: Standardization, _ windowPasses: WindowPasses,
    _ store: ParameterStore, _ context: ComputeContext
  ) {
    self.program = program
    self.samples = samples
    self.standardization = standardization
    self.windowPasses = windowPasses
    self.store = store
    self.context = context
    var shapes = [TensorShape(samples: samples, program.sections[0].input, .plain)]
    for section in program.sections {
      let layout = section.outputLayout(from: shapes[shapes.count - 1].layout, context.activationLayout)
      shapes.append(TensorShape(samples: samples, section.output, layout))
    }
    self.shapes = shapes
    maps = Maps(shapes)
  }

  /// Runs the network forward.
  ///
  /// - Parameter images: shape (B, C, H, W).
  func forward(
    _ images: UnsafeBufferPointer<Float>, live: LiveWindows, factors: [Int: Mask]
  ) throws(BackdropError) {
    try standardize(images)
    let inputs = PassInputs(factors: factors, samples: Array(0..<samples))
    for (section, extent) in live.extents.enumerated() {
      switch extent {
      case .whole: try wholePass(section).forward(inputs)
      case .windows: try forwardPass(section).forward(inputs)
      }
    }
  }

  /// Adds all parameters' gradients to their sums, after ``forward(_:live:factors:)`` of the same images.
  ///
  /// - Parameter outputGradient: dL/dy, shape (B, K).
  func backward(
    _ images: UnsafeBufferPointer<Float>, _ outputGradient: [Float], live: LiveWindows, factors: [Int: Mask],
    wantsInput: Bool
  ) throws(BackdropError) {
    let last = program.sections.count - 1
    maps.gradient(ofSection: last).setElements(outputGradient)
    for section in (0...last).reversed() {
      let masks = program.sections[section].masks.compactMap { factors[$0.layer] }
      let wantsInput = section > 0 || wantsInput
      switch live.extents[section] {
      case .whole:
        for mask in masks { maps.gradient(ofSection: section).multiply(by: mask) }
        let inputs = PassInputs(factors: factors, samples: Array(0..<samples))
        try wholePass(section).backward(inputs, wantsInput: wantsInput)
      case .windows(let windows):
        if wantsInput { maps.gradient(ofSection: section - 1).clear() }
        try backward(section, windows, masks, factors, wantsInput: wantsInput)
      }
    }
  }

  /// y of the last forward pass, shape (B, K).
  func outputs() -> [Float] { maps.output(ofSection: program.sections.count - 1).elements() }

  /// dL/dx of the standardised images, shape (B, C, H, W), of the last backward pass.
  func inputGradient() -> [Float] { maps.gradient(ofSection: -1).elements() }

  /// The backward pass of a section through windows.
  private func backward(
    _ section: Int, _ windows: [Window], _ masks: [Mask], _ factors: [Int: Mask], wantsInput: Bool
  ) throws(BackdropError) {
    let level = windowPasses.geometry(ofSection: section).levels[0]
    let (map, gradient) = (maps.output(ofSection: section - 1), maps.gradient(ofSection: section))
    let outside = program.sections[section].steps[0].outside
    var first = 0
    for size in windowPasses.sizes(section: section, count: windows.count) {
      let part = windows[first..<min(windows.count, first + size)]
      first += part.count
      let pass = try windowPasses.pass(section: section, windows: size, inputLayout: map.shape.layout)
      let inputs = PassInputs(
        factors: factors, samples: part.map(\.sample) + [Int](repeating: 0, count: size - part.count))
      for (place, window) in part.enumerated() {
        pass.input.take(
          place, from: map.pointer, map.shape, sample: window.sample, y: level.begin(window.y), x: level.begin(window.x)
        )
      }
      try pass.forward(inputs, windows: part)
      pass.outputGradient.clear()
      for (place, window) in part.enumerated() {
        pass.outputGradient.take(
          place, from: gradient.pointer, gradient.shape, sample: window.sample, y: window.y, x: window.x)
        for mask in masks {
          pass.outputGradient.multiply(sample: place) { mask[window.sample, $0, window.y, window.x] }
        }
      }
      try pass.backward(inputs, windows: part, wantsInput: wantsInput)
      guard wantsInput else { continue }
      for (place, window) in part.enumerated() {
        pass.inputGradient.add(
          place, to: maps.gradient(ofSection: section - 1), sample: window.sample, y: level.begin(window.y),
          x: level.begin(window.x))
      }
    }
  }

  private func standardize(_ images: UnsafeBufferPointer<Float>) throws(BackdropError) {
    guard let source = images.baseAddress else { return }
    if standardizing == nil {
      standardizing = try ElementwiseKernel.Linear(
        count: images.count, factor: 1 / standardization.deviation,
        shift: -standardization.mean / standardization.deviation, context)
    }
    try standardizing?.run(source, into: maps.output(ofSection: -1).pointer)
  }

  private func wholePass(_ section: Int) throws(BackdropError) -> SectionPass {
    if let pass = wholePasses[section] { return pass }
    let ends = SectionPass.Ends(
      input: maps.output(ofSection: section - 1), output: maps.output(ofSection: section),
      inputGradient: maps.gradient(ofSection: section - 1), outputGradient: maps.gradient(ofSection: section))
    let pass = try SectionPass(
      program.sections[section], .whole, samples: samples, keeps: true, ends: ends,
      inputLayout: shapes[section].layout, store, BufferPool(), context)
    wholePasses[section] = pass
    return pass
  }

  private func forwardPass(_ section: Int) throws(BackdropError) -> SectionPass {
    if let pass = forwardPasses[section] { return pass }
    let ends = SectionPass.Ends(
      input: maps.output(ofSection: section - 1), output: maps.output(ofSection: section))
    let pass = try SectionPass(
      program.sections[section], .whole, samples: samples, keeps: false, ends: ends,
      inputLayout: shapes[section].layout, store, forwardPool, context)
    forwardPasses[section] = pass
    return pass
  }
}

extension Program.Section {
  /// The layout of the output, where the input has one and convolutions give another.
  func outputLayout(from input: TensorLayout, _ convolutions: TensorLayout) -> TensorLayout {
    steps.reduce(input) { $1.outputLayout(from: $0, convolutions) }
  }
}

extension Program.Step {
  /// The layout of the output: a convolution's own, a linear layer's plain, else the input's.
  func outputLayout(from input: TensorLayout, _ convolutions: TensorLayout) -> TensorLayout {
    switch operation {
    case .convolution: convolutions
    case .linear, .flatten: .plain
    default: input
    }
  }
}
