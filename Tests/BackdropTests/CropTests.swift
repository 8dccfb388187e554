import Testing

@testable import Backdrop

/// The backward pass through crops against the one on whole maps, on small integers, where float32 is exact and the two
/// must be equal to the last bit.
@Suite struct CropTests {
  @Test(arguments: 0..<10)
  func gradientsAreThoseOfWholeMaps(part: Int) throws {
    let withGradient = try (20 * part..<20 * (part + 1)).count { try hasTheGradientOfWholeMaps(seed: $0) }
    // Empty masks and inactive ReLUs leave the first layer of many networks without a gradient.
    #expect(withGradient >= 5)
  }

  /// Compares the gradients of one random network.
  ///
  /// - Returns: whether the first layer with weights had a nonzero gradient, through crops.
  private func hasTheGradientOfWholeMaps(seed: Int) throws -> Bool {
    var random = SplitMix(seed: UInt64(seed))
    let (network, side) = try Self.randomNetwork(&random)
    let samples = random.below(4) + 1
    let masks = try Self.randomMasks(network, side: side, samples: samples, &random)
    let layout = try network.parameterLayout(side: side)
    let weights = (0..<layout.count).map { _ in Float(random.below(3) - 1) }
    let images = (0..<samples * side * side).map { _ in Float(random.below(5) - 2) }
    let slope = random.below(3) + 1
    let threads = [1, 2, 3, 8][random.below(4)]
    func gradients(_ choice: PlanChoice) throws -> (weights: [Float], input: [Float], outputs: [Float], crops: Int) {
      let model = try Model(network, side: side, batchSize: samples, weights: weights, threads: threads)
      model.planChoice = choice
      model.maskOverrides = masks
      // The previous step leaves its gradients in memory that is reused.
      if samples > 1 {
        _ = try model.inputGradients(Array(images.reversed()), step: 0) { $0.indices.map { Float($0 % 3 + 1) } }
      }
      var seen: [Float] = []
      let gradients = try model.inputGradients(images, step: 0) { outputs in
        seen = outputs
        return outputs.indices.map { Float(($0 * slope) % 5 - 2) }
      }
      return (gradients.weights, gradients.images, seen, try #require(model.lastPlan).cropCount)
    }
    let whole = try gradients(.whole)
    #expect(whole.crops == 0)
    // Above 2^24, float32 does not represent all integers, and the test would prove nothing.
    #expect(whole.weights.allSatisfy { abs($0) < 0x1p24 } && whole.input.allSatisfy { abs($0) < 0x1p24 })
    let square = [1, 2, 4, 8][random.below(4)]
    var hasGradient = whole.weights[layout.entries[0].range].contains { $0 != 0 }
    let together = [nil, 1, 2, 16][random.below(4)]
    for checkpoints in [false, true] {
      let crops = try gradients(.crops(square: square, checkpoints: checkpoints, together: together))
      #expect(crops.outputs == whole.outputs)
      #expect(crops.weights == whole.weights, "\(network)")
      #expect(crops.input == whole.input, "\(network)")
      // If no convolution's weight gets a gradient, there may be nothing to compute.
      let convolutions = layout.entries.filter { $0.shape.count == 4 }
      let isEmpty = convolutions.allSatisfy { whole.weights[$0.range].allSatisfy { $0 == 0 } }
      #expect(isEmpty || crops.crops > 0, "\(network)")
      hasGradient = hasGradient && crops.crops > 0
    }
    return hasGradient
  }

  /// Two stretches of one to three local layers, each with a mask after it, and a linear layer.
  private static func randomNetwork(_ random: inout SplitMix) throws -> (Network, side: Int) {
    while true {
      let side = 9 + random.below(24)
      var layers: [Layer] = []
      for _ in 0..<2 {
        for _ in 0..<random.below(3) + 1 {
          let kernel = [1, 2, 3, 5][random.below(4)]
          let stride = random.below(3) + 1
          let padding = random.below(kernel / 2 + 1)
          switch random.below(8) {
          case 0: layers += [.maxPool(kernel, stride: stride, padding: padding)]
          case 1: layers += [.averagePool(2, stride: stride, padding: random.below(2))]
          default:
            layers.append(
              .convolution(random.below(20) + 1, kernel: kernel, stride: stride, padding: padding))
            if random.below(8) == 0 { layers.append(.meProp([1, 3, 20, 200, 10_000][random.below(5)])) }
            if random.below(4) > 0 { layers.append(.relu) }
          }
        }
        layers.append(
          .backdrop(0.5, axes: random.below(2) == 0 ? [.y, .x] : [.sample, .y, .x]))
        if random.below(4) == 0 { layers.append(.sbp(0.4, places: random.below(2) == 0 ? .grid : .random)) }
      }
      layers += [.flatten, .linear(2)]
      let network = Network(layers: layers)
      // Skips chains whose maps become too small for their windows.
      if (try? network.shapes(side: side)) != nil { return (network, side) }
    }
  }

  /// Empty, full, single-cell and random masks of small integers.
  private static func randomMasks(
    _ network: Network, side: Int, samples: Int, _ random: inout SplitMix
  ) throws -> [Int: Mask] {
    var masks: [Int: Mask] = [:]
    for (index, (layer, shape)) in zip(network.layers, try network.shapes(side: side)).enumerated() {
      guard let rule = layer.maskRule else { continue }
      let extents = [rule.axes.contains(.sample) ? samples : 1, 1, shape.height, shape.width]
      let count = extents.reduce(1, *)
      var values = [Float](repeating: 0, count: count)
      switch random.below(8) {
      case 0: break
      case 1: values = values.map { _ in 1 }
      case 2, 3: values[random.below(count)] = 2
      // The corners and borders, where windows cross the edge.
      case 4: for place in [0, shape.width - 1, count - shape.width, count - 1] { values[place] = 1 }
      default: values = values.map { _ in random.below(3) == 0 ? Float(random.below(3)) : 0 }
      }
      masks[index] = Mask(extents: extents, values: values)
    }
    return masks
  }
}

/// SplitMix64.
struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// The same on real numbers, where kernels of other shapes may round differently.
@Suite struct RealCropTests {
  /// Sums in another order differ by about 1e-7 of the maximum; 1e-5 leaves a margin for deep networks.
  @Test(arguments: [(3, 96), (2, 64), (3, 67)], [Set<Axis>([.y, .x]), [.sample, .y, .x]])
  func gradientsAgreeToRounding(kernelAndSide: (Int, Int), axes: Set<Axis>) throws {
    let (kernel, side) = kernelAndSide
    let network = try Network.reference(
      side: side, outputs: 4, kernel: kernel, channels: 16, fineMask: 0.7, coarseMask: 0.5, maskAxes: axes)
    let images = NetworkFixture.images(count: 3 * side * side)
    func gradients(
      _ choice: PlanChoice
    ) throws -> (weights: [Float], input: [Float], crops: Int, layout: ParameterLayout) {
      let model = try Model(network, side: side, batchSize: 3)
      model.planChoice = choice
      let gradients = try model.inputGradients(images, step: 1) { outputs in outputs.indices.map { Float($0 % 5) - 1 } }
      return (gradients.weights, gradients.images, try #require(model.lastPlan).cropCount, model.layout)
    }
    let (dense, windows) = (try gradients(.whole), try gradients(.cells))
    #expect(dense.crops == 0 && windows.crops > 0)
    for entry in dense.layout.entries {
      #expect(Self.distance(windows.weights[entry.range], dense.weights[entry.range]) < 1e-5, "\(entry.name)")
    }
    #expect(Self.distance(windows.input[...], dense.input[...]) < 1e-5)
  }

  /// A sign flips if a sum of some hundred products is within rounding of zero: a few in a million.
  @Test(arguments: [2, 3], [1, 8])
  func recomputingHardlyFlipsASign(kernel: Int, square: Int) throws {
    let network = try Network.reference(side: 128, outputs: 4, kernel: kernel, fineMask: 0.5, coarseMask: 0.5)
    let signs = try NetworkFixture.images(count: 128 * 128).withUnsafeBufferPointer { image in
      try RecomputedSigns(
        network, side: 128, square: square, weights: network.initialWeights(side: 128, seed: 0), image: image)
    }
    #expect(signs.count > 300_000)
    #expect(signs.flipped * 100_000 <= signs.count, "\(signs)")
    #expect(signs.maximumDifference < 1e-4, "\(signs)")
    print("recomputed crops of \(square), kernel \(kernel): \(signs.flipped) of \(signs.count) signs flipped")
  }

  /// Trained weights, max pooling over equal numbers, and a tiled forward pass.
  ///
  /// With images of three values, most windows of the first pooling layer have ties; the first of equal numbers must
  /// get the gradient, in crops as on whole maps. Three threads share the two samples, so that large maps are divided
  /// into tiles.
  @Test func trainedWeightsAndTiesGiveTheSameGradients() throws {
    let network = Network(layers: [
      .maxPool(2, stride: 1), .convolution(8, kernel: 3, padding: 1), .relu, .maxPool(2),
      .convolution(8, kernel: 3, padding: 1), .relu, .backdrop(0.7),
      .maxPool(3, stride: 2, padding: 1), .convolution(8, kernel: 3, stride: 2, padding: 1), .relu, .backdrop(0.5),
      .globalAveragePool, .flatten, .linear(2),
    ])
    let (side, labels) = (65, [0, 1])
    let images = NetworkFixture.images(count: 2 * side * side).map { ($0 * 1.5).rounded() }
    let ties = (0..<side - 1).count { images[$0] == images[$0 + 1] && images[$0] == 1 }
    #expect(ties > 0)
    let trained = try Model(network, side: side, batchSize: 2, threads: 1)
    trained.planChoice = .whole
    var optimizer = Optimizer(.adam(), parameterCount: trained.layout.count)
    for step in 0..<4 {
      let gradients = try trained.lossAndGradients(images, labels, .crossEntropy, step: step).gradients
      optimizer.step(&trained.weights, gradients: gradients, learningRate: 0.02)
    }
    func gradients(_ choice: PlanChoice) throws -> (weights: [Float], input: [Float], crops: Int) {
      let model = try Model(
        network, side: side, batchSize: 2, weights: trained.weights, threads: 3, activationMemory: 0)
      let tiles = TileStage.stages(model.program.segments[0], minimumTiles: 6)
      #expect(tiles.count > 2 && tiles.first.map { $0.count(MapArea($0.segment.output)) } ?? 0 >= 6)
      model.planChoice = choice
      let found = try model.inputGradients(images.span, step: 6) { outputs in
        Loss.crossEntropy.evaluate(outputs: outputs, outputCount: 2, targets: labels).gradient
      }
      return (found.weights, found.images, try #require(model.lastPlan).cropCount)
    }
    let dense = try gradients(.whole)
    #expect(dense.crops == 0)
    for choice in [PlanChoice.fastest, .cells, .crops(square: 4, checkpoints: true)] {
      let crops = try gradients(choice)
      #expect(crops.crops > 0)
      for entry in trained.layout.entries {
        // The gradients of the two samples, which belong to two classes, partly cancel, so rounding is larger relative
        // to their sum.
        let distance = Self.distance(crops.weights[entry.range], dense.weights[entry.range])
        #expect(distance < 3e-5, "\(entry.name), \(choice)")
      }
      #expect(Self.distance(crops.input[...], dense.input[...]) < 1e-5, "\(choice)")
    }
  }

  /// More threads than samples, on whole maps and in crops.
  @Test(arguments: [1, 3], [PlanChoice.fastest, .whole, .cells])
  func moreThreadsThanSamplesChangeNothing(samples: Int, choice: PlanChoice) throws {
    let network = try Network.reference(side: 40, outputs: 3, channels: 8, fineMask: 0.5, coarseMask: 0.5)
    func gradients(threads: Int) throws -> [Float] {
      let model = try Model(network, side: 40, batchSize: samples, threads: threads)
      model.planChoice = choice
      let images = NetworkFixture.images(count: samples * 40 * 40)
      let gradients = try model.gradients(images, step: 0) { outputs in outputs.indices.map { Float($0 % 5) - 1 } }
      #expect(choice != .cells || model.lastPlan?.cropCount ?? 0 > 0)
      return gradients
    }
    let (one, many) = (try gradients(threads: 1), try gradients(threads: 8))
    #expect(one.contains { $0 != 0 })
    #expect(Self.distance(many[...], one[...]) < 1e-5)
  }

  /// The difference relative to the maximum magnitude; NaN if all numbers are zero.
  private static func distance(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
    let maximum = b.reduce(0) { max($0, abs($1)) }
    return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / maximum
  }
}

@Suite struct SegmentForwardTests {
  /// However a map is divided, it equals the one that is computed whole. The numbers are integers, so that the order of
  /// sums does not matter.
  @Test(arguments: [1, 3], [20 << 20, 20_000, 1])
  func dividedMapsAreTheWholeMap(samples: Int, betweenBytes: Int) throws {
    let network = Network(layers: [
      .convolution(5, kernel: 5, stride: 2, padding: 2), .relu,
      .convolution(7, kernel: 3, stride: 1, padding: 1),
      .maxPool(3, stride: 2, padding: 1),
      .convolution(4, kernel: 2, stride: 1, padding: 1), .relu,
      .backdrop(0.5), .globalAveragePool, .flatten, .linear(2),
    ])
    let side = 67
    let program = try Program(network, side: side)
    let layout = try network.parameterLayout(side: side)
    let context = try ComputeContext(threads: 1)
    let store = try ParameterStore(layout, program, context)
    let workers = try Workers(layout, program, threads: 2)
    let weights = (0..<layout.count).map { Float($0 % 5 - 2) }
    for store in [store] + workers.all.map(\.store) { store.set(weights) }
    let images = (0..<samples * side * side).map { Float($0 * 7 % 11 - 5) }
    let segment = program.segments[0]
    let shape = TensorShape(samples: samples, segment.input, .plain)
    try images.withUnsafeBufferPointer { images in
      let input = MapView(try #require(images.baseAddress), shape, Standardization())
      let whole = try SegmentPass(
        segment, .whole, samples: samples, keeps: true, inputLayout: .plain, store, BufferPool(), context)
      for sample in 0..<samples { whole.input.take(sample, from: input, sample: sample, y: 0, x: 0) }
      try whole.forward(PassInputs(samples: Array(0..<samples)))
      let output = try Tensor(whole.output.shape)
      let divided = try SegmentForward(
        segment, input: shape, output: output, threads: 2, betweenBytes: betweenBytes, store, BufferPool(), context)
      try divided.run(input, masks: [:], workers)
      #expect(try output.elements() == whole.output.elements())
      #expect(try output.elements().contains { $0 > 0 })
    }
  }
}
