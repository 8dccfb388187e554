import Testing

@testable import Backdrop

@Suite struct NetworkShapeTests {
  @Test func referenceNetworkAt1024HasTheDemosLayersAndMaps() throws {
    let network = try Network.reference(side: 1024, outputs: 4, fineMask: 0.85, coarseMask: 0.95)
    // The indices in the nn.Sequential of Golkar and Cranmer: masks at 10 and 17, the linear layer at 20.
    let masks = network.layers.indices.filter { network.layers[$0].maskRule != nil }
    #expect(masks == [10, 17])
    #expect(network.layers.count == 21)
    #expect(network.layers[20] == .linear(4))
    #expect(network.layers[0] == .convolution(64, kernel: 5, stride: 2, padding: 2))
    #expect(network.layers[2] == .convolution(64, kernel: 3, stride: 2, padding: 1))
    let shapes = try network.shapes(side: 1024)
    #expect(shapes[10] == Shape(channels: 64, height: 32, width: 32))
    #expect(shapes[17] == Shape(channels: 64, height: 4, width: 4))
    #expect(shapes[20] == Shape(channels: 4, height: 1, width: 1))
  }

  /// max(4, round(log2 side) - 2) convolutions, but no more than the number of times that the side can be halved.
  @Test(arguments: [
    (1, 1), (2, 1), (3, 1), (4, 2), (8, 3), (15, 3), (16, 4), (64, 4), (90, 4), (91, 5), (128, 5), (256, 6), (512, 7),
    (1024, 8), (2048, 9),
  ])
  func depthFollowsTheSide(side: Int, depth: Int) throws {
    let network = try Network.reference(side: side, outputs: 4, fineMask: 0, coarseMask: 0)
    let convolutions = network.layers.count { $0.convolution != nil }
    #expect(convolutions == depth)
  }

  /// Every side, with the kernels that the command line offers and a larger one of each parity.
  @Test(arguments: [2, 3, 4, 7])
  func defaultDepthFitsEverySide(kernel: Int) throws {
    for side in Array(1...40) + [1000, 1023, 1025] {
      let network = try Network.reference(side: side, outputs: 3, kernel: kernel, fineMask: 0.5, coarseMask: 0.5)
      #expect(try network.shapes(side: side).last?.count == 3, "side \(side)")
    }
  }

  /// 2^depth - 1 pixels for an even kernel, one for an odd one.
  @Test(arguments: [(2, 31), (3, 1)])
  func smallestSideOfADepthIsTheDocumentedOne(kernel: Int, smallest: Int) throws {
    func network(_ side: Int) throws -> Network {
      try Network.reference(side: side, outputs: 3, kernel: kernel, depth: 5, fineMask: 0, coarseMask: 0)
    }
    for side in smallest...40 { #expect(throws: Never.self) { try network(side) } }
    #expect(throws: BackdropError.self) { try network(smallest - 1) }
  }

  @Test func depthOfARectangleFollowsItsSmallerSide() throws {
    let size = ImageSize(height: 1024, width: 9)
    let network = try Network.reference(size: size, outputs: 3, kernel: 2, fineMask: 0, coarseMask: 0)
    #expect(network.layers.count { $0.convolution != nil } == 3)
    #expect(try network.shapes(of: size).last?.count == 3)
    // The maps before the global average.
    #expect(try network.shapes(of: size)[7] == Shape(channels: 64, height: 128, width: 1))
  }

  @Test func fineMaskIsThreeConvolutionsBeforeTheCoarseOne() throws {
    let network = try Network.reference(side: 256, outputs: 4, fineMask: 0.5, coarseMask: 0.75)
    #expect(network.layers[6] == .backdrop(0.5))
    #expect(network.layers[13] == .backdrop(0.75))
  }

  @Test func positionsOfMasksCountConvolutions() throws {
    let network = try Network.reference(
      side: 64, outputs: 2, kernel: 2, depth: 3, fineAfter: 1, coarseAfter: 2, fineMask: 0.1, coarseMask: 0.2,
      maskAxes: [.y, .x])
    #expect(network.layers[2] == .backdrop(0.1, axes: [.y, .x]))
    #expect(network.layers[5] == .backdrop(0.2, axes: [.y, .x]))
    #expect(network.layers[6] == .convolution(64, kernel: 2, stride: 2, padding: 0))
  }

  @Test func errorForSmallRectanglesNamesTheSmallestHeightAndWidth() throws {
    let network = Network(layers: [
      .convolution(2, kernel: 7, stride: 3), .maxPool(5, stride: 2), .globalAveragePool, .flatten, .linear(2),
    ])
    let error = try #require(throws: BackdropError.self) { try network.shapes(of: ImageSize(height: 64, width: 12)) }
    #expect(error.code == .tooSmall)
    #expect(
      error.message.contains("Layer 1 (max_pool): textures of 64x12 give it a map of 20x2, too small")
        && error.message.hasSuffix("the smallest height and width that fit this network are 19"), "\(error.message)")
    #expect(throws: BackdropError.self) { try network.shapes(of: ImageSize(height: 18, width: 64)) }
    #expect(try network.shapes(of: ImageSize(height: 64, width: 19))[1] == Shape(channels: 2, height: 8, width: 1))
    #expect(try network.shapes(of: ImageSize(height: 19, width: 64)).last?.count == 2)
  }

  @Test func weightsOfARectangleAreThoseOfItsFlattenedMap() throws {
    let network = Network(layers: [.convolution(2, kernel: 3, stride: 2), .flatten, .linear(3)])
    let size = ImageSize(height: 9, width: 5)
    let layout = try network.parameterLayout(of: size)
    #expect(layout.entry(named: "2.weight")?.shape == [3, 2 * 4 * 2])
    #expect(try network.initialWeights(for: size, seed: 1).count == layout.count)
    #expect(try network.parameterLayout(side: 9) == network.parameterLayout(of: ImageSize(side: 9)))
  }

  @Test func errorForSmallTexturesNamesTheSmallestThatFit() throws {
    let network = try Network.reference(side: 1024, outputs: 4, kernel: 2, fineMask: 0, coarseMask: 0)
    let error = #expect(throws: BackdropError.self) { try network.shapes(side: 100) }
    #expect(error?.code == .tooSmall)
    #expect(error?.message.contains("the smallest textures that fit this network are 255x255") == true)
    #expect(throws: BackdropError.self) { try network.shapes(side: 254) }
    #expect(try network.shapes(side: 255).last?.count == 4)
  }

  @Test func parametersAreOrderedAsInNNSequential() throws {
    let layout = try Network.reference(side: 64, outputs: 4, channels: 8, fineMask: 0, coarseMask: 0)
      .parameterLayout(side: 64)
    #expect(
      layout.entries.map(\.name) == [
        "0.weight", "0.bias", "3.weight", "3.bias", "5.weight", "5.bias", "7.weight", "7.bias", "12.weight", "12.bias",
      ])
    #expect(layout.entry(named: "0.weight")?.shape == [8, 1, 5, 5])
    #expect(layout.entry(named: "3.weight")?.shape == [8, 8, 3, 3])
    #expect(layout.entry(named: "12.weight")?.shape == [4, 8])
    #expect(layout.count == 8 * 25 + 8 + 3 * (8 * 72 + 8) + 4 * 8 + 4)
  }

  /// Incompatible layers, and what the message must say.
  @Test(
    arguments: [
      ([], "found a network of 0 layers, expected 1 to 1000"),
      (
        [.relu, .linear(4)],
        "Layer 1 (linear): found a map of 16x16 before it, expected a flattened input; add a `flatten` layer"
      ),
      ([.flatten, .convolution(1, kernel: 1)], "Layer 1 (convolution): found after a flatten"),
      ([.flatten, .linear(4), .globalAveragePool], "Layer 2 (global_average_pool): found after a flatten"),
      (
        [.convolution(0, kernel: 3)],
        "Layer 0 (convolution): `channels`: found 0, expected a whole"
      ),
      (
        [.convolution(1, kernel: 0)],
        "Layer 0 (convolution): `kernel`: found 0, expected a whole"
      ),
      ([.convolution(1, kernel: 3, stride: 0)], "Layer 0 (convolution): `stride`: found 0"),
      ([.convolution(1, kernel: 3, padding: -1)], "Layer 0 (convolution): `padding`: found -1"),
      (
        [.convolution(.max, kernel: 3)],
        "Layer 0 (convolution): `channels`: found 9223372036854775807"
      ),
      (
        [.maxPool(4, padding: 3)],
        "Layer 0 (max_pool): `padding`: found 3, expected a whole number from 0 to 2"
      ),
      ([.linear(-1)], "Layer 0 (linear): `outputs`: found -1"),
      ([.dropout(-0.5)], "Layer 0 (dropout): `probability`: found -0.5, expected a number from 0 to 1"),
      (
        [.backdrop(0.5, fixedElement: [3, 16])],
        "Layer 0 (backdrop): `fixed_element`: found 16 along x, expected 0 to 15"
      ),
    ] as [([Layer], String)])
  func impossibleNetworkIsRefused(layers: [Layer], says: String) throws {
    let error = try #require(throws: BackdropError.self) { try Network(layers: layers).shapes(side: 16) }
    #expect(error.code == .invalidNetwork)
    #expect(error.message.hasPrefix(says), "\(error.message)")
  }

  /// Activations of very large textures need not be in memory at once, but their elements must be countable.
  @Test func activationsAreBounded() throws {
    let network = Network(layers: [.convolution(65_536, kernel: 1)])
    #expect(throws: Never.self) { try network.shapes(side: 1 << 15) }
    let error = try #require(throws: BackdropError.self) { try network.shapes(side: 1 << 20) }
    #expect(error.message.hasPrefix("Layer 0 (convolution): found 65536 channels of 1048576x1048576, expected at most"))
  }

  @Test func moreParametersThanMemoryHoldsAreRefused() throws {
    let wide = Network(layers: [
      .convolution(65_536, kernel: 1), .convolution(65_536, kernel: 8),
    ])
    let error = try #require(throws: BackdropError.self) { try wide.parameterLayout(side: 8) }
    #expect(error.code == .invalidNetwork)
    #expect(error.message.hasPrefix("Layer 1 (convolution): found a weight of 65536x65536x8x8"), "\(error.message)")
  }

  @Test(arguments: [0, -5, 1 << 40])
  func impossibleSideIsRefused(side: Int) {
    #expect(throws: BackdropError.self) { try Network(layers: [.relu]).shapes(side: side) }
  }

  @Test func smallestSideIsFoundForAnyWindows() throws {
    let network = Network(layers: [
      .convolution(2, kernel: 7, stride: 3), .maxPool(5, stride: 2),
      .convolution(2, kernel: 4), .globalAveragePool, .flatten, .linear(2),
    ])
    // Backwards: 4, then 4 windows of 5 every 2: 11, then 11 windows of 7 every 3: 37.
    let error = try #require(throws: BackdropError.self) { try network.shapes(side: 10) }
    #expect(error.code == .tooSmall)
    #expect(error.message.contains("Layer 1 (max_pool): textures of 10x10 give it a map of 2x2"), "\(error.message)")
    #expect(error.message.contains("are 37x37"), "\(error.message)")
    #expect(throws: BackdropError.self) { try network.shapes(side: 36) }
    #expect(try network.shapes(side: 37).last?.count == 2)
  }

  /// Contradictory choices, and what the message must say.
  @Test(
    arguments: [
      (0, nil, nil, 3, "`depth`: found 0, expected a whole number from 1 to 32"),
      (4, nil, 5, 3, "`coarse-after`: found 5, expected a whole number from 1 to 4 (the depth)"),
      (4, 3, 2, 3, "`fine-after`: found 3, expected a whole number from 1 to 2 (the position of the coarse mask)"),
      (4, 0, nil, 3, "`fine-after`: found 0"),
      (4, nil, nil, 0, "`kernel`: found 0, expected a whole number from 1 to 1024"),
    ] as [(Int, Int?, Int?, Int, String)])
  func impossibleReferenceNetworkIsRefused(
    depth: Int, fineAfter: Int?, coarseAfter: Int?, kernel: Int, says: String
  ) throws {
    let error = try #require(throws: BackdropError.self) {
      try Network.reference(
        side: 64, outputs: 4, kernel: kernel, depth: depth, fineAfter: fineAfter, coarseAfter: coarseAfter,
        fineMask: 0, coarseMask: 0)
    }
    #expect(error.code == .invalidNetwork)
    #expect(error.message.hasPrefix(says), "\(error.message)")
  }

  @Test func referenceNetworkTooDeepForItsSideIsRefused() throws {
    let error = try #require(throws: BackdropError.self) {
      try Network.reference(side: 64, outputs: 4, kernel: 2, depth: 9, fineMask: 0, coarseMask: 0)
    }
    #expect(error.code == .tooSmall)
    #expect(error.message.contains("the smallest textures that fit this network are 511x511"), "\(error.message)")
  }
}

@Suite struct InitialWeightTests {
  /// Uniform within sqrt(6 / fan-in) before a ReLU, within sqrt(3 / fan-in) elsewhere; biases zero.
  @Test func weightsAreUniformWithinTheirFanIn() throws {
    let network = Network(layers: [
      .convolution(64, kernel: 5), .relu, .convolution(64, kernel: 3),
      .flatten, .linear(500),
    ])
    let layout = try network.parameterLayout(side: 9)
    let weights = try network.initialWeights(side: 9, seed: 1)
    #expect(weights.count == layout.count)
    for (layer, gain, fanIn) in [(0, 6.0, 25), (2, 3, 576), (4, 3, 576)] {
      let bias = weights[try #require(layout.entry(named: "\(layer).bias")).range]
      #expect(bias.allSatisfy { $0 == 0 })
      let entry = try #require(layout.entry(named: "\(layer).weight"))
      #expect(entry.shape.dropFirst().reduce(1, *) == fanIn)
      let bound = (gain / Double(fanIn)).squareRoot()
      let values = weights[entry.range].map { Double($0) / bound }
      #expect(values.allSatisfy { $0 >= -1 && $0 < 1 })
      // Mean 0 and mean square 1/3, with standard deviations sqrt(1/3) and sqrt(4/45). More than five standard errors
      // have a probability of 6e-7, in any of the six 4e-6.
      let count = Double(values.count)
      #expect(abs(values.reduce(0, +)) / count < 5 * (1 / (3 * count)).squareRoot())
      let meanSquare = values.reduce(0) { $0 + $1 * $1 } / count
      #expect(abs(meanSquare - 1 / 3) < 5 * (4 / (45 * count)).squareRoot())
    }
  }

  /// Slightly more than 2³¹ parameters, and channels whose product would overflow.
  @Test(arguments: [
    "layers: [{convolution: {channels: 16, kernel: 8}}, flatten, {linear: {outputs: 65536}}]",
    "layers: [{convolution: {channels: 65536, kernel: 1024, padding: 1024}}, global_average_pool, flatten, {linear: {outputs: 2}}]",
  ])
  func networkOfTooManyParametersIsRefused(yaml: String) throws {
    let network = try Network(yaml: yaml, file: "n.yaml")
    let error = #expect(throws: BackdropError.self) { try network.parameterLayout(side: 64) }
    #expect(error?.code == .invalidNetwork)
    #expect(error?.message.contains("expected at most 2147483647 parameters in the network") == true)
  }

  @Test(arguments: ["1000000000", "9223372036854775807", "92233720368547758070"])
  func overflowingNumbersOfChannelsAreRefused(channels: String) throws {
    let yaml = "layers: [{convolution: {channels: \(channels), kernel: 3}}]"
    let error = #expect(throws: BackdropError.self) { try Network(yaml: yaml, file: "n.yaml") }
    #expect(error?.message.contains("`channels`") == true)
  }

  @Test func weightsAreThoseOfTheSeed() throws {
    let network = Network(layers: [.flatten, .linear(3)])
    let first = try network.initialWeights(side: 4, seed: 1)
    #expect(try network.initialWeights(side: 4, seed: 1) == first)
    #expect(try network.initialWeights(side: 4, seed: 2) != first)
    #expect(Set(first.prefix(48)).count == 48)
  }
}
