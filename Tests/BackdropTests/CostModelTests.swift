import Testing

@testable import Backdrop

@Suite struct CostModelTests {
  private static let network = Network(layers: [
    .convolution(4, kernel: 3, stride: 2, padding: 1), .relu,
    .convolution(6, kernel: 3, stride: 2, padding: 1), .relu,
    .backdrop(0.5), .globalAveragePool, .flatten, .linear(1),
  ])

  /// Two 16 x 16 images; one position of the first sample's 4 x 4 carries gradient, away from the border.
  private static func model(_ choice: PlanChoice) throws -> Model {
    let model = try Model(network, side: 16, batchSize: 2)
    model.planChoice = choice
    var values = [Float](repeating: 0, count: 2 * 16)
    values[5] = 1
    model.maskOverrides = [4: Mask(extents: [2, 1, 4, 4], values: values)]
    _ = try model.gradients(NetworkFixture.images(count: 2 * 256), step: 0) { $0 }
    return model
  }

  private static func amounts(_ choice: PlanChoice) throws -> [String: Double] {
    let cost = try #require(try model(choice).lastCosts.first)
    #expect(cost.layers == 0...2)
    #expect(cost.forward > .zero && cost.backward > .zero)
    return Dictionary(uniqueKeysWithValues: cost.work.map { ($0.name, $0.amount) })
  }

  // 4 channels of 3 x 3 weights, and 6 of 4 x 3 x 3.
  private static let (first, second) = (36.0, 216.0)

  @Test func wholeMapsCountAllOfThem() throws {
    let whole = try Self.amounts(.whole)
    // For the first convolution, only the weight gradient.
    let backward = 2 * (64 * Self.first + 2 * 16 * Self.second)
    let bytes = 2.0 * 4 * (4 * 64 + 6 * 16)
    let expected: [String: Double] = ["backward": backward, "mapByte": bytes, "kernel": 3]
    #expect(whole.filter { $0.value != 0 } == expected)
  }

  @Test func oneCropCountsWhatItDependsOn() throws {
    let crop = try Self.amounts(.crops(square: 1, checkpoints: false))
    // 7 x 7 pixels, 3 x 3 of the first map and one of the second, which is in memory.
    let backward = 9 * Self.first + 2 * Self.second
    let bytes = 4.0 * (4 * 9 + 6)
    let expected: [String: Double] = [
      "forward": 9 * Self.first, "backward": backward, "croppedByte": bytes, "copiedByte": 4 * 49, "cropKernel": 4,
      "kernel": 4,
    ]
    #expect(crop.filter { $0.value != 0 } == expected)
  }

  @Test func checkpointsCountTheirMapsAndCropsOfBothSegments() throws {
    let crops = try Self.amounts(.crops(square: 1, checkpoints: true))
    // Nine crops of 3 x 3 pixels, and one of 3 x 3 positions whose gradient is added to the map.
    let expected: [String: Double] = [
      "backward": 9 * Self.first + 2 * Self.second, "croppedByte": 4 * (9 * 4 + 6), "copiedByte": 4 * (9 * 9 + 2 * 36),
      "checkpointByte": 2 * 4 * 256, "cropKernel": 9 + 2,
    ]
    #expect(crops.filter { $0.value != 0 && $0.key != "kernel" } == expected)
    // Both gradients of the second convolution; for the first one, nine crops in about two passes, of eight and one.
    let kernels = try #require(crops["kernel"])
    #expect((3...5).contains(kernels))
  }

  @Test func stepReportCountsTheSameMultiplyAdds() throws {
    let model = try Self.model(.crops(square: 1, checkpoints: false))
    let backward = model.lastCosts.flatMap(\.work).filter { ["forward", "backward"].contains($0.name) }
      .reduce(0) { $0 + $1.amount }
    let forward: Double = 2 * (64 * Self.first + 16 * Self.second + 6)
    // The average counts no multiply-adds.
    #expect(model.lastStep.multiplyAdds == forward + backward)
  }
}
