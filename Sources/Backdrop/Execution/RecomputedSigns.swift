/// The number of ReLUs whose recomputed activations differ in sign from those on whole maps.
///
/// Kernels for crops have other shapes and may round differently. Where a ReLU's input is within rounding of zero, its
/// sign may flip, and its gradient with it.
package struct RecomputedSigns: Sendable {
  /// The number of activations compared.
  package private(set) var count = 0
  /// The number of activations that are positive in only one of the two.
  package private(set) var flipped = 0
  /// The maximum difference between two activations.
  package private(set) var maximumDifference: Float = 0

  /// Compares the crops that cover each local segment's output with the whole maps, on one image.
  ///
  /// - Parameters:
  ///   - square: the side of a crop's square: 1 for single cells, more for tiles.
  ///   - image: shape (1, C, H, W).
  ///   - weights: the parameters in the order of the network's layout.
  package init(
    _ network: Network, side: Int, square: Int, weights: [Float], image: UnsafeBufferPointer<Float>
  ) throws(BackdropError) {
    let program = try Program(network, side: side)
    let context = try ComputeContext(threads: 1)
    let store = try ParameterStore(network.parameterLayout(side: side), program, context)
    store.set(weights)
    guard let start = image.baseAddress else { return }
    var shape = TensorShape(samples: 1, program.segments[0].input, .plain)
    var input = MapView(start, shape, Standardization())
    for segment in program.segments {
      guard let geometry = CropGeometry(segment, square: square) else { break }
      let whole = try SegmentPass(
        segment, .whole, samples: 1, keeps: true, inputLayout: shape.layout, store, BufferPool(), context)
      let part = try SegmentPass(
        segment, .crop(geometry), samples: 1, keeps: true, inputLayout: shape.layout, store, BufferPool(), context)
      whole.input.take(0, from: input, sample: 0, y: 0, x: 0)
      try whole.forward(PassInputs(samples: [0]))
      for crop in LiveMap(all: segment.output, samples: 1).crops(square: square) {
        part.take([crop], from: input)
        try part.forward(PassInputs(samples: [0]), crops: [crop])
        for index in 1..<geometry.levels.count {
          compare(part.levels[index], whole.levels[index], geometry.levels[index], crop)
        }
      }
      shape = whole.output.shape
      input = MapView(whole.output)
    }
  }

  private mutating func compare(_ part: Tensor, _ whole: Tensor, _ level: CropGeometry.Level, _ crop: Crop) {
    let (top, left) = (level.start(crop.y), level.start(crop.x))
    for channel in 0..<part.shape.channels {
      for y in level.inside(top, of: level.height) {
        for x in level.inside(left, of: level.width) {
          let (a, b) = (
            part.pointer[part.shape.index(0, channel, y, x)],
            whole.pointer[whole.shape.index(0, channel, top + y, left + x)]
          )
          count += 1
          if (a > 0) != (b > 0) { flipped += 1 }
          maximumDifference = max(maximumDifference, abs(a - b))
        }
      }
    }
  }
}
