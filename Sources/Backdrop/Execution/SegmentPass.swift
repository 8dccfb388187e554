/// A segment's forward and backward pass on fixed shapes: for a number of whole samples, or of crops.
final class SegmentPass {
  /// What a sample of the pass is.
  enum Extent {
    /// A whole sample.
    case whole
    /// What one crop depends on, borders of zeros included.
    case crop(CropGeometry)
  }

  /// The memory at both ends, where others own it.
  struct Ends {
    var input: Tensor?
    var output: Tensor?
    var inputGradient: Tensor?
    var outputGradient: Tensor?
  }

  private let segment: Segment
  private let kernels: [any OperationKernel]
  /// The activations, from the input to the output.
  let levels: [Tensor]
  /// Of the levels, where they are kept.
  private let gradients: [Tensor]
  private let geometry: CropGeometry?

  /// - Parameters:
  ///   - samples: whole samples, or crops.
  ///   - keeps: the levels between the ends, for a backward pass.
  ///   - pool: memory that passes share which do not run at the same time.
  init(
    _ segment: Segment, _ extent: Extent, samples: Int, keeps: Bool, ends: Ends = Ends(),
    inputLayout: TensorLayout, _ store: ParameterStore, _ pool: BufferPool, _ context: ComputeContext
  ) throws(BackdropError) {
    self.segment = segment
    geometry = if case .crop(let geometry) = extent { geometry } else { nil }
    let shapes = Self.shapes(segment, geometry, samples: samples, inputLayout, context.activationLayout)
    let kind = geometry == nil ? "whole" : "crop"
    // Two memories take turns where what lies below a level is not needed any more when the level is there.
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
    var kernels: [any OperationKernel] = []
    for (index, operation) in segment.operations.enumerated() {
      let padding = geometry == nil ? operation.receptiveField?.padding ?? 0 : 0
      kernels.append(
        try operation.makeKernel(
          input: shapes[index], output: shapes[index + 1], padding: padding, keeps: keeps, store, context))
    }
    self.kernels = kernels
  }

  private static func shapes(
    _ segment: Segment, _ geometry: CropGeometry?, samples: Int, _ inputLayout: TensorLayout,
    _ convolutions: TensorLayout
  ) -> [TensorShape] {
    var shapes: [TensorShape] = []
    for level in 0...segment.operations.count {
      var shape = level == 0 ? segment.input : segment.operations[level - 1].output
      if let geometry { (shape.height, shape.width) = (geometry.levels[level].side, geometry.levels[level].side) }
      let layout =
        level == 0
        ? inputLayout : segment.operations[level - 1].outputLayout(from: shapes[level - 1].layout, convolutions)
      shapes.append(TensorShape(samples: samples, shape, layout))
    }
    return shapes
  }

  /// Level 0.
  var input: Tensor { levels[0] }
  /// The last level.
  var output: Tensor { levels[levels.count - 1] }
  /// dL/dy, to be filled before ``backward(_:crops:wantsInput:)``.
  var outputGradient: Tensor { gradients[gradients.count - 1] }
  /// dL/dx, after it.
  var inputGradient: Tensor { gradients[0] }

  /// Computes the output from the input.
  ///
  /// - Parameter crops: whose parts the samples are; none for whole samples.
  func forward(_ inputs: PassInputs, crops: ArraySlice<Crop> = []) throws(BackdropError) {
    for index in kernels.indices { try forward(index, inputs, crops) }
  }

  /// Fills the levels from the maps at both ends, and computes those between again.
  func restore(
    _ inputs: PassInputs, crops: ArraySlice<Crop>, input: MapView, output: MapView
  ) throws(BackdropError) {
    take(crops, from: input)
    for index in kernels.indices where segment.isRecomputed(index) { try forward(index, inputs, crops) }
    guard let last = kernels.indices.last, !segment.isRecomputed(last) else { return }
    for (place, crop) in crops.enumerated() {
      self.output.take(place, from: output, sample: crop.sample, y: crop.y, x: crop.x)
    }
  }

  /// Fills the input with the crops' parts of a map.
  func take(_ crops: ArraySlice<Crop>, from map: MapView) {
    guard let level = geometry?.levels[0] else { preconditionFailure("a pass through whole samples has no crops") }
    let outside = segment.operations[0].paddingValue
    for (place, crop) in crops.enumerated() {
      input.take(
        place, from: map, sample: crop.sample, y: level.start(crop.y), x: level.start(crop.x), outside: outside)
    }
  }

  /// Adds the parameters' gradients to their sums.
  ///
  /// - Parameter wantsInput: whether to compute dL/dx too.
  func backward(_ inputs: PassInputs, crops: ArraySlice<Crop> = [], wantsInput: Bool) throws(BackdropError) {
    for (index, kernel) in kernels.enumerated().reversed() {
      if index + 1 < kernels.count { fillOutside(gradients[index + 1], level: index + 1, crops, 0) }
      let lower = index > 0 || wantsInput ? gradients[index] : nil
      try kernel.backward(gradients[index + 1], input: levels[index], output: levels[index + 1], into: lower, inputs)
    }
  }

  private func forward(_ index: Int, _ inputs: PassInputs, _ crops: ArraySlice<Crop>) throws(BackdropError) {
    try kernels[index].forward(levels[index], into: levels[index + 1], inputs)
    guard index + 1 < kernels.count else { return }
    fillOutside(levels[index + 1], level: index + 1, crops, segment.operations[index + 1].paddingValue)
  }

  /// Where crops reach over the level's border, there is padding, and not what the operation below would make of it.
  private func fillOutside(_ tensor: Tensor, level: Int, _ crops: ArraySlice<Crop>, _ value: Float) {
    guard let level = geometry?.levels[level] else { return }
    for (place, crop) in crops.enumerated() where level.crossesBorder(crop) {
      let rows = level.inside(level.start(crop.y), of: level.height)
      let columns = level.inside(level.start(crop.x), of: level.width)
      tensor.fill(sample: place, outsideRows: rows, columns: columns, with: value)
    }
  }
}
