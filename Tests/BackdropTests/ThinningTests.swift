import Testing

@testable import Backdrop

/// Stochastic backpropagation and meProp. `OperationTests` and the fixtures compare their gradients with the slow
/// model's and PyTorch's, `CropTests` those through crops with those of whole maps.
@Suite struct ThinningTests {
  // MARK: - Positions that SBP keeps

  private static func mask(
    _ ratio: Double, _ places: Layer.KeptPlaces, unbiased: Bool = false, side: Int = 12, step: Int = 0
  ) throws -> Mask {
    let operation = StochasticBackpropagation(ratio: ratio, places: places, isUnbiased: unbiased)
    let shape = Shape(channels: 3, height: side, width: side)
    return try #require(operation.mask(samples: 2..<4, of: 5, shape: shape, seed: 1, step: step, layer: 2))
  }

  /// With a spacing of 2, 3, 4 or 6, all diagonals have the same number of the 12 x 12 positions.
  @Test(arguments: [(0.5, 72), (0.25, 36), (0.34, 48), (0.75, 108), (5.0 / 6, 120), (1, 144)])
  func gridKeepsDiagonals(ratio: Double, kept: Int) throws {
    for step in 0..<5 {
      let mask = try Self.mask(ratio, .grid, step: step)
      #expect(mask.extents == [1, 1, 12, 12])
      #expect(mask.values.count { $0 == 1 } == kept)
      #expect(mask.values.allSatisfy { $0 == 0 || $0 == 1 })
      for y in 1..<12 {
        for x in 0..<11 { #expect(mask[0, 0, y, x] == mask[0, 0, y - 1, x + 1]) }
      }
    }
  }

  @Test(arguments: [Layer.KeptPlaces.grid, .random])
  func placesDifferFromStepToStep(places: Layer.KeptPlaces) throws {
    let masks = try (0..<20).map { try Self.mask(0.25, places, step: $0).values }
    #expect(Set(masks).count > 3)
    // Each position is kept about a quarter of the time: over 400 steps the standard deviation is 8.7.
    var counts = [Int](repeating: 0, count: 144)
    for step in 0..<400 {
      for (place, value) in try Self.mask(0.25, places, step: step).values.enumerated() where value > 0 {
        counts[place] += 1
      }
    }
    #expect(counts.allSatisfy { abs($0 - 100) < 50 })
  }

  @Test(arguments: [(0.25, 36), (0.01, 1), (1e-17, 1), (0.999, 144), (0.8, 115), (1, 144)])
  func randomSubsetHasItsSize(ratio: Double, kept: Int) throws {
    #expect(try Self.mask(ratio, .random).values.count { $0 == 1 } == kept)
  }

  /// The mean of each position's multiplier over all grids is 1, on maps where some grids have more positions than
  /// others.
  @Test(arguments: [0.5, 0.25, 0.1, 0.75], [3, 4])
  func unbiasedGridsHaveTheMeanOneAtEveryPlace(ratio: Double, side: Int) throws {
    var masks: Set<[Float]> = []
    for step in 0..<200 { masks.insert(try Self.mask(ratio, .grid, unbiased: true, side: side, step: step).values) }
    #expect(masks.count == min(2 * side - 1, Int((1 / min(ratio, 1 - ratio)).rounded())))
    for place in 0..<side * side {
      #expect(abs(masks.reduce(0) { $0 + $1[place] } / Float(masks.count) - 1) < 1e-5)
    }
  }

  @Test(arguments: [0.25, 0.75, 0.4])
  func unbiasedSubsetsHaveTheMeanOne(ratio: Double) throws {
    let mask = try Self.mask(ratio, .random, unbiased: true, side: 11)
    #expect(abs(mask.values.reduce(0, +) / 121 - 1) < 1e-5)
    #expect(Set(mask.values).count == 2)
  }

  // MARK: - Elements that meProp keeps

  /// Against sorting, with many ties, in both layouts.
  @Test(arguments: [1, 2, 7, 40, 200, 299, 300, 301], [TensorLayout.plain, .blocked(8)])
  func largestElementsAgreeWithSorting(k: Int, layout: TensorLayout) throws {
    var random = SplitMix(seed: UInt64(k))
    let shape = Shape(channels: 10, height: 5, width: 6)
    for values in [2, 5, 1000] {
      let numbers = (0..<2 * shape.count).map { _ in Double(random.below(2 * values + 1) - values) }
      var expected = Activation(samples: 2, shape: shape, values: numbers)
      let dropped = ReferenceMeProp.thin(&expected, k: k)
      let tensor = try Tensor(TensorShape(samples: 2, shape, layout))
      tensor.setElements(numbers.map(Float.init))
      let sums = try FloatBuffer(count: shape.channels)
      for sample in 0..<2 { tensor.keepLargest(k, sample: sample, dropped: sums.pointer) }
      let left = try tensor.elements().map(Double.init)
      #expect(left == expected.values)
      #expect((0..<shape.channels).map { Double(sums.pointer[$0]) } == dropped)
    }
  }

  @Test func magnitudesOfAnySizeAreOrdered() throws {
    let numbers: [Float] = [.leastNonzeroMagnitude, -1e-30, 3, -.infinity, 0, -3.0000002, 1e38, 2.9999998]
    for (k, expected) in [(1, [3]), (3, [3, 5, 6]), (4, [2, 3, 5, 6]), (7, [0, 1, 2, 3, 5, 6, 7])] {
      let tensor = try Tensor(TensorShape(samples: 1, Shape(channels: 1, height: 1, width: 8), .plain))
      tensor.setElements(numbers)
      var sum: Float = 0
      tensor.keepLargest(k, sample: 0, dropped: &sum)
      let left = try tensor.elements()
      #expect(left.indices.filter { left[$0] != 0 } == expected)
    }
  }

  // MARK: - Steps

  private static let side = 21
  private static let plain: [Layer] = [
    .convolution(9, kernel: 3, stride: 2, padding: 1), .relu, .convolution(10, kernel: 3, stride: 2, padding: 1), .relu,
    .globalAveragePool, .flatten, .linear(6), .relu, .linear(3),
  ]

  private struct Step: Equatable {
    var outputs: [Float]
    var gradients: [Float]
  }

  private static func step(_ layers: [Layer], _ choice: PlanChoice) throws -> (step: Step, model: Model) {
    let plain = Network(layers: plain)
    let model = try Model(
      Network(layers: layers), side: side, batchSize: 4, weights: plain.initialWeights(side: side, seed: 1))
    model.planChoice = choice
    var outputs: [Float] = []
    let gradients = try model.gradients(NetworkFixture.images(count: 4 * side * side).span, step: 2) {
      outputs = $0
      return $0.indices.map { Float($0 % 5) - 1.5 }
    }
    return (Step(outputs: outputs, gradients: gradients), model)
  }

  /// The plain layers, with meProp after each layer with parameters except the last, or SBP after each ReLU of a map.
  private static func meProp(_ k: Int) -> [Layer] {
    plain.enumerated().flatMap { [0, 2, 6].contains($0) ? [$1, .meProp(k)] : [$1] }
  }

  private static func sbp(_ ratio: Double, unbiased: Bool = false) -> [Layer] {
    plain.enumerated().flatMap { [1, 3].contains($0) ? [$1, .sbp(ratio, unbiased: unbiased)] : [$1] }
  }

  @Test(arguments: PlanChoice.allChoices)
  func outputsAreThoseOfTheDenseNetwork(choice: PlanChoice) throws {
    let dense = try Self.step(Self.plain, choice).step
    for layers in [Self.meProp(1), Self.meProp(30), Self.sbp(0.5), Self.sbp(0.1, unbiased: true)] {
      let thinned = try Self.step(layers, choice).step
      #expect(relativeError(thinned.outputs, dense.outputs.map(Double.init)) < 1e-6)
      #expect(thinned.gradients != dense.gradients)
      #expect(thinned.gradients.contains { $0 != 0 })
    }
  }

  @Test(arguments: PlanChoice.allChoices)
  func allElementsAreTheDenseGradient(choice: PlanChoice) throws {
    let dense = try Self.step(Self.plain, choice).step
    for layers in [Self.meProp(9 * 11 * 11), Self.meProp(1 << 48), Self.sbp(1), Self.sbp(1, unbiased: true)] {
      let (step, model) = try Self.step(layers, choice)
      #expect(relativeError(step.gradients, dense.gradients.map(Double.init)) < 1e-6)
      #expect(model.lastStep.keepFraction == 1)
    }
  }

  /// The last linear layer's gradient is dense, and so is that of the bias before it.
  @Test func biasesGetTheWholeGradientThatReachesThem() throws {
    let (dense, model) = try Self.step(Self.plain, .fastest)
    let (thinned, _) = try Self.step(Self.meProp(2), .fastest)
    func part(_ step: Step, _ name: String) throws -> [Float] {
      Array(step.gradients[try #require(model.layout.entry(named: name)).range])
    }
    #expect(try part(thinned, "8.weight") == part(dense, "8.weight"))
    #expect(try part(thinned, "8.bias") == part(dense, "8.bias"))
    #expect(try relativeError(part(thinned, "6.bias"), part(dense, "6.bias").map(Double.init)) < 1e-6)
    #expect(try part(thinned, "6.weight") != part(dense, "6.weight"))
    #expect(try part(thinned, "2.bias") != part(dense, "2.bias"))
  }

  /// The plan knows how many elements can pass; the backward pass finds which ones do.
  @Test func cropsOfMePropAreNoMoreThanItsElements() throws {
    let network = try Network.reference(size: ImageSize(side: 128), outputs: 4, channels: 8, method: .meProp(k: 5))
    let model = try Model(network, side: 128, batchSize: 2)
    _ = try model.lossAndGradients(NetworkFixture.images(count: 2 * 128 * 128), [0, 1], .crossEntropy, step: 0)
    let plan = try #require(model.lastPlan)
    #expect(plan.segments.contains { if case .crops(.found, _) = $0.method { true } else { false } })
    for (segment, count) in zip(plan.segments, plan.cropCounts) {
      if case .crops = segment.method { #expect((1...10).contains(count)) }
    }
    let all = try Network.reference(size: ImageSize(side: 128), outputs: 4, channels: 8, method: .meProp(k: 1 << 48))
    let dense = try Model(all, side: 128, batchSize: 2)
    _ = try dense.lossAndGradients(NetworkFixture.images(count: 2 * 128 * 128), [0, 1], .crossEntropy, step: 0)
    #expect(model.lastStep.multiplyAdds < dense.lastStep.multiplyAdds)
    #expect(model.lastStep.keepFraction < 0.01)
  }

  // MARK: - Errors

  @Test(arguments: [
    ("[{meprop: {k: 3}}, {convolution: {channels: 2, kernel: 3}}]", "layer 0 (meprop): found nothing before it"),
    (
      "[{convolution: {channels: 2, kernel: 3}}, relu, {meprop: {k: 3}}, {convolution: {channels: 2, kernel: 3}}]",
      "layer 2 (meprop): found `relu` before it"
    ),
    ("[{convolution: {channels: 2, kernel: 3}}, {meprop: {k: 3}}, relu]", "layer 1 (meprop): found no convolution"),
    ("[{meprop: {k: 0}}]", "`k`: found 0"), ("[{meprop: {}}]", "found no `k`"),
    ("[{sbp: {ratio: 0}}]", "`ratio`: found 0"),
    ("[{sbp: {ratio: 1.5}}]", "`ratio`: found 1.5"), ("[{sbp: {}}]", "found no `ratio`"),
    ("[{sbp: {ratio: 0.5, places: stripes}}]", "`places`: found \"stripes\", expected grid or random"),
    ("[{sbp: {ratio: 0.5, unbiased: yes}}]", "`unbiased`: found"),
    ("[flatten, {sbp: {ratio: 0.5}}]", "layer 1 (sbp)"),
  ])
  func misplacedLayersAreRefused(layers: String, message: String) throws {
    let error = try #require(throws: BackdropError.self) {
      try Network(yaml: "layers: \(layers)", file: "n.yaml").shapes(side: 9)
    }
    #expect(error.code == .invalidNetwork)
    #expect(error.message.lowercased().contains(message.lowercased()), "\(error.message)")
  }

  @Test func networkKnowsItsMethod() throws {
    let size = ImageSize(side: 64)
    func method(_ method: ReferenceMethod) throws -> GradientMethod {
      try Network.reference(size: size, outputs: 2, method: method).gradientMethod
    }
    #expect(try method(.backdrop(fine: 0.5, coarse: 0.5)) == .backdrop)
    #expect(try method(.sbp(ratio: 0.5)) == .sbp)
    #expect(try method(.meProp(k: 3)) == .meprop)
    let network = try Network.reference(size: size, outputs: 2, method: .meProp(k: 3))
    #expect(network.layers.count { $0 == .meProp(3) } == 4)
  }
}
