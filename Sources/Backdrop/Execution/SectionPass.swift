/// The forward and the backward pass through a section for a number of whole samples, or of windows: the activations that
/// the backward needs are kept from one to the other.
final class SectionPass {
  /// What a sample of the pass is.
  enum Extent {
    /// A whole sample.
    case whole
    /// The window that one element of the section's output depends on, without padding.
    case window(WindowGeometry)
  }

  private let operations: [(kernel: any OperationKernel, bound: BoundOperation)]
  /// The activations, from the input to the output.
  let levels: [Tensor]
  /// Of the levels, where they are kept.
  private let gradients: [Tensor]
  private let geometry: WindowGeometry?

  /// The memory at both ends, where others own it.
  struct Ends {
    var input: Tensor?
    var output: Tensor?
    var inputGradient: Tensor?
    var outputGradient: Tensor?
  }

  /// - Parameters:
  ///   - samples: whole samples, or windows.
  ///   - keeps: the levels between the ends, for a backward pass.
  ///   - pool: memory that passes share which do not run at the same time.
  init(
    _ section: Segment, _ extent: Extent, samples: Int, keeps: Bool, ends: Ends = Ends(),
    inputLayout: TensorLayout, _ store: ParameterStore, _ pool: BufferPool, _ context: ComputeContext
  ) throws(BackdropError) {
    geometry = if case .window(let geometry) = extent { geometry } else { nil }
    var shapes: [TensorShape] = []
    for level in 0...section.operations.count {
      var shape = level == 0 ? section.input : section.operations[level - 1].output
      if let geometry {
        shape.height = geometry.levels[level].side
        shape.width = geometry.levels[level].side
      }
      let layout =
        level == 0
        ? inputLayout
        : section.operations[level - 1].outputLayout(from: shapes[level - 1].layout, context.activationLayout)
      shapes.append(TensorShape(samples: samples, shape, layout))
    }
    let kind = geometry == nil ? "whole" : "window"
    // Two memories take turns where what lies below a level is needed no more when the level is there.
    func takingTurns(_ name: String, _ level: Int) throws(BackdropError) -> Tensor {
      let most = stride(from: level % 2, to: shapes.count, by: 2).reduce(0) { max($0, shapes[$1].count) }
      return Tensor(shapes[level], in: try pool.buffer("\(kind) \(name) \(level % 2)", count: most))
    }
    let last = shapes.count - 1
    var (levels, gradients): ([Tensor], [Tensor]) = ([], [])
    for (level, shape) in shapes.enumerated() {
      let (end, endGradient) =
        level == 0
        ? (ends.input, ends.inputGradient) : level == last ? (ends.output, ends.outputGradient) : (nil, nil)
      if let end {
        levels.append(end)
      } else if keeps {
        levels.append(Tensor(shape, in: try pool.buffer("\(kind) level \(level)", count: shape.count)))
      } else {
        levels.append(try takingTurns("forward", level))
      }
      guard keeps else { continue }
      if let endGradient { gradients.append(endGradient) } else { gradients.append(try takingTurns("gradient", level)) }
    }
    self.levels = levels
    self.gradients = gradients
    var operations: [(kernel: any OperationKernel, bound: BoundOperation)] = []
    for (index, bound) in section.operations.enumerated() {
      let padding = geometry == nil ? bound.receptiveField?.padding ?? 0 : 0
      let kernel = try bound.makeKernel(
        input: shapes[index], output: shapes[index + 1], padding: padding, keeps: keeps, store, context)
      operations.append((kernel, bound))
    }
    self.operations = operations
  }

  /// Level 0.
  var input: Tensor { levels[0] }
  /// The last level.
  var output: Tensor { levels[levels.count - 1] }
  /// dL/dy, to be filled before ``backward(_:windows:wantsInput:)``.
  var outputGradient: Tensor { gradients[gradients.count - 1] }
  /// dL/dx, after it.
  var inputGradient: Tensor { gradients[0] }

  /// - Parameter windows: the elements whose windows the samples are; none for whole samples.
  func forward(_ inputs: PassInputs, windows: ArraySlice<Window> = []) throws(BackdropError) {
    for (index, (kernel, _)) in operations.enumerated() {
      try kernel.forward(levels[index], into: levels[index + 1], inputs)
      if index + 1 < operations.count {
        fillOutside(levels[index + 1], level: index + 1, windows, operations[index + 1].bound.paddingValue)
      }
    }
  }

  /// Adds the parameters' gradients to their sums.
  ///
  /// - Parameter wantsInput: whether to compute dL/dx too.
  func backward(_ inputs: PassInputs, windows: ArraySlice<Window> = [], wantsInput: Bool) throws(BackdropError) {
    for (index, (kernel, _)) in operations.enumerated().reversed() {
      if index + 1 < operations.count { fillOutside(gradients[index + 1], level: index + 1, windows, 0) }
      let lower = index > 0 || wantsInput ? gradients[index] : nil
      try kernel.backward(gradients[index + 1], input: levels[index], output: levels[index + 1], into: lower, inputs)
    }
  }

  /// Where windows reach over the level's border, there is padding, and not what the step below would make of it.
  private func fillOutside(_ tensor: Tensor, level: Int, _ windows: ArraySlice<Window>, _ value: Float) {
    guard let level = geometry?.levels[level] else { return }
    for (sample, window) in windows.enumerated() where level.crossesBorder(window) {
      let rows = level.inside(level.begin(window.y), of: level.height)
      let columns = level.inside(level.begin(window.x), of: level.width)
      tensor.fill(sample: sample, outsideRows: rows, columns: columns, with: value)
    }
  }
}
