import Testing

@testable import Backdrop

@Suite struct NetworkShapeTests {
  @Test func referenceNetworkAt1024HasTheDemosLayersAndMaps() throws {
    let network = try Network.reference(side: 1024, outputs: 4, fineMask: 0.85, coarseMask: 0.95)
    // The indices of the peer's nn.Sequential: masks at 10 and 17, the linear layer at 20.
    let masks = network.layers.indices.filter { if case .backdrop = network.layers[$0] { true } else { false } }
    #expect(masks == [10, 17])
    #expect(network.layers.count == 21)
    #expect(network.layers[20] == .linear(outputs: 4))
    #expect(network.layers[0] == .convolution(Convolution(channels: 64, kernel: 5, stride: 2, padding: 2)))
    #expect(network.layers[2] == .convolution(Convolution(channels: 64, kernel: 3, stride: 2, padding: 1)))
    let shapes = try network.shapes(side: 1024)
    #expect(shapes[10] == Shape(channels: 64, height: 32, width: 32))
    #expect(shapes[17] == Shape(channels: 64, height: 4, width: 4))
    #expect(shapes[20] == Shape(channels: 4, height: 1, width: 1))
  }

  /// max(4, round(log2 side) - 2) convolutions.
  @Test(arguments: [(8, 4), (64, 4), (90, 4), (91, 5), (128, 5), (256, 6), (512, 7), (1024, 8), (2048, 9)])
  func depthFollowsTheSide(side: Int, depth: Int) throws {
    let network = try Network.reference(side: side, outputs: 4, fineMask: 0, coarseMask: 0)
    let convolutions = network.layers.count { if case .convolution = $0 { true } else { false } }
    #expect(convolutions == depth)
  }

  @Test func fineMaskStandsThreeConvolutionsBeforeTheCoarseOne() throws {
    let network = try Network.reference(side: 256, outputs: 4, fineMask: 0.5, coarseMask: 0.75)
    #expect(network.layers[6] == .backdrop(MaskRule(probability: 0.5)))
    #expect(network.layers[13] == .backdrop(MaskRule(probability: 0.75)))
  }

  @Test func positionsOfMasksCountConvolutions() throws {
    let network = try Network.reference(
      side: 64, outputs: 2, kernel: 2, depth: 3, fineAfter: 1, coarseAfter: 2, fineMask: 0.1, coarseMask: 0.2,
      maskAxes: [.y, .x])
    #expect(network.layers[2] == .backdrop(MaskRule(axes: [.y, .x], probability: 0.1)))
    #expect(network.layers[5] == .backdrop(MaskRule(axes: [.y, .x], probability: 0.2)))
    #expect(network.layers[6] == .convolution(Convolution(channels: 64, kernel: 2, stride: 2, padding: 0)))
  }

  @Test func texturesTooSmallAreToldTheSmallestThatFit() throws {
    let network = try Network.reference(side: 1024, outputs: 4, kernel: 2, fineMask: 0, coarseMask: 0)
    let error = #expect(throws: BackdropError.self) { try network.shapes(side: 100) }
    #expect(error?.code == .tooSmall)
    #expect(error?.message.contains("the smallest textures that fit this network are 255x255") == true)
    #expect(throws: BackdropError.self) { try network.shapes(side: 254) }
    #expect(try network.shapes(side: 255).last?.count == 4)
  }

  @Test func parametersHaveThePlacesOfAnNNSequential() throws {
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
}
