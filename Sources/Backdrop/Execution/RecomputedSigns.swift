/// How many ReLUs of recomputed windows open or close otherwise than in the whole forward pass.
///
/// Windows are computed by kernels of other shapes, which may round otherwise; where a ReLU's input is within rounding of
/// zero its sign may flip, and its gradient with it.
package struct RecomputedSigns: Sendable {
  /// Activations compared.
  package private(set) var count = 0
  /// Activations that are positive in one and not in the other.
  package private(set) var flipped = 0
  /// The largest difference of two activations.
  package private(set) var maximumDifference: Float = 0

  /// Compares the windows of all elements of each local section's output, on one image.
  ///
  /// - Parameters:
  ///   - image: shape (1, C, H, W).
  ///   - weights: as the network's layout has them.
  package init(
    _ network: Network, side: Int, weights: [Float], image: UnsafeBufferPointer<Float>
  ) throws(BackdropError) {
    let program = try Program(network, side: side)
    let context = try ComputeContext(threads: 1)
    let store = try ParameterStore(network.parameterLayout(side: side), program, context)
    store.set(weights)
    guard let start = image.baseAddress else { return }
    var shape = TensorShape(samples: 1, program.segments[0].input, .plain)
    var source = MapSource(start, shape, Standardization())
    for section in program.segments {
      guard let geometry = WindowGeometry(section) else { break }
      let (whole, windows) = (BufferPool(), BufferPool())
      let all = try SectionPass(
        section, .whole, samples: 1, keeps: true, inputLayout: shape.layout, store, whole, context)
      let one = try SectionPass(
        section, .window(geometry), samples: 1, keeps: true, inputLayout: shape.layout, store, windows, context)
      let level = geometry.levels[0]
      all.input.take(0, from: source, sample: 0, y: 0, x: 0)
      try all.forward(PassInputs(samples: [0]))
      for y in 0..<section.output.height {
        for x in 0..<section.output.width {
          let window = Window(sample: 0, y: y, x: x)
          one.input.take(
            0, from: source, sample: 0, y: level.begin(y), x: level.begin(x),
            outside: section.operations[0].paddingValue)
          try one.forward(PassInputs(samples: [0]), windows: [window])
          for index in 1..<geometry.levels.count {
            compare(one.levels[index], all.levels[index], geometry.levels[index], window)
          }
        }
      }
      shape = all.output.shape
      source = MapSource(all.output)
    }
  }

  private mutating func compare(_ part: Tensor, _ whole: Tensor, _ level: WindowGeometry.Level, _ window: Window) {
    let (top, left) = (level.begin(window.y), level.begin(window.x))
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
