/// A segment's forward and backward pass for a fixed number of whole samples, or of crops.
final class SegmentPass {
  /// The extent of a sample in the pass.
  enum Extent {
    /// A whole sample.
    case whole
    /// The input of one crop, including zero padding.
    case crop(CropGeometry)
  }

  /// The tensors at both ends; nil for those that the pass allocates.
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
  /// The gradients of the levels; empty without a backward pass.
  private let gradients: [Tensor]
  private let geometry: CropGeometry?

  /// - Parameters:
  ///   - samples: the number of whole samples, or of crops.
  ///   - keeps: whether to keep the levels between the ends, for a backward pass.
  ///   - pool: memory shared by passes that do not run at the same time.
  init(
    _ segment: Segment, _ extent: Extent, samples: Int, keeps: Bool, ends: Ends = Ends(),
    inputLayout: TensorLayout, _ store: ParameterStore, _ pool: BufferPool, _ context: ComputeContext
  ) throws(BackdropError) {
    self.segment = segment
    geometry = if case .crop(let geometry) = extent { geometry } else { nil }
    let shapes = Self.shapes(segment, geometry, samples: samples, inputLayout, context.activationLayout)
    let kind = geometry == nil ? "whole" : "crop"
    // Levels that are needed only until the next one is computed alternate between two buffers.
    func alternating(_ name: String, _ level: Int) throws(BackdropError) -> Tensor {
      let maximum = stride(from: level % 2, to: shapes.count, by: 2).reduce(0) { max($0, shapes[$1].count) }
      return Tensor(shapes[level], in: try pool.buffer("\(kind) \(name) \(level % 2)", count: maximum))
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
        levels.append(try alternating("forward", level))
      }
      guard keeps else { continue }
      if let endGradient { gradients.append(endGradient) } else { gradients.append(try alternating("gradient", level)) }
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

  /// Level 0: x.
  var input: Tensor { levels[0] }
  /// The last level: y.
  var output: Tensor { levels[levels.count - 1] }
  /// dL/dy, which must be set before ``backward(_:crops:wantsInput:)``.
  var outputGradient: Tensor { gradients[gradients.count - 1] }
  /// dL/dx, valid after ``backward(_:crops:wantsInput:)``.
  var inputGradient: Tensor { gradients[0] }

  /// Computes the output from the input.
  ///
  /// - Parameter crops: the crops that the samples are; empty for whole samples.
  func forward(_ inputs: PassInputs, crops: ArraySlice<Crop> = []) throws(BackdropError) {
    for index in kernels.indices { try forward(index, inputs, crops) }
  }

  /// Restores the levels: copies both ends from the maps, and recomputes those in between.
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

  /// Copies the crops' parts of a map into the input.
  func take(_ crops: ArraySlice<Crop>, from map: MapView) {
    guard let level = geometry?.levels[0] else { preconditionFailure("a pass over whole samples has no crops") }
    let outside = segment.operations[0].paddingValue
    for (place, crop) in crops.enumerated() {
      input.take(
        place, from: map, sample: crop.sample, y: level.start(crop.y), x: level.start(crop.x), outside: outside)
    }
  }

  /// Computes the gradients, and adds the parameters' to their sums.
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

  /// Overwrites the elements beyond the level's border: they are padding, not values of the previous operation.
  private func fillOutside(_ tensor: Tensor, level: Int, _ crops: ArraySlice<Crop>, _ value: Float) {
    guard let level = geometry?.levels[level] else { return }
    for (place, crop) in crops.enumerated() where level.crossesBorder(crop) {
      let rows = level.inside(level.start(crop.y), of: level.height)
      let columns = level.inside(level.start(crop.x), of: level.width)
      tensor.fill(sample: place, outsideRows: rows, columns: columns, with: value)
    }
  }
}
