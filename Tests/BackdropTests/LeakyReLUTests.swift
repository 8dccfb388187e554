import Testing

@testable import Backdrop

@Suite struct LeakyReLUTests {
  @Test func defaultSlopeIsPyTorchs() throws {
    for yaml in ["layers: [leaky_relu]", "layers: [{leaky_relu: {}}]", "layers: [{leaky_relu: {slope: 0.01}}]"] {
      #expect(try Network(yaml: yaml, file: "n.yaml").layers == [.leakyReLU()])
    }
  }

  @Test(arguments: ["-0.1", "1.5"])
  func slopeOutsideTheRangeIsRefused(slope: String) throws {
    let yaml = "layers: [{leaky_relu: {slope: \(slope)}}]"
    let error = try #require(throws: BackdropError.self) { try Network(yaml: yaml, file: "n.yaml") }
    #expect(error.code == .invalidNetwork)
    #expect(
      error.message == "n.yaml:1: layer 0 (leaky_relu): `slope`: found \(slope), expected a number from 0 to 1")
    #expect(throws: BackdropError.self) { try Network(layers: [.leakyReLU(.nan)]).shapes(side: 4) }
  }

  /// On single numbers, including 0, whose gradient is the slope, as in PyTorch.
  @Test(arguments: [0, 0.01, 0.25, 1])
  func valuesAndGradientsAreTheFormulas(slope: Double) throws {
    let network = Network(layers: [.leakyReLU(slope), .flatten])
    let model = try Model(network, side: 2, batchSize: 1)
    var outputs: [Float] = []
    let gradients = try model.inputGradients([-2, 0, 3, -0.5], step: 0) {
      outputs = $0
      return [1, 2, 3, 4]
    }
    let factor = Float(slope)
    #expect(outputs == [-2 * factor, 0, 3, -0.5 * factor])
    #expect(gradients.images == [factor, 2 * factor, 3, 4 * factor])
  }

  @Test func slopesZeroAndOneAreTheReLUAndTheIdentity() throws {
    func run(_ layers: [Layer]) throws -> (outputs: [Float], gradients: [Float]) {
      let network = Network(layers: [.convolution(5, kernel: 3)] + layers + [.globalAveragePool, .flatten, .linear(2)])
      let plain = Network(layers: [.convolution(5, kernel: 3), .globalAveragePool, .flatten, .linear(2)])
      var outputs: [Float] = []
      // The same weights for all networks, whose own initial weights would have other gains.
      let weights = try plain.initialWeights(side: 8, seed: 2)
      let model = try Model(network, side: 8, batchSize: 2, weights: weights)
      let gradients = try model.gradients(NetworkFixture.images(count: 128), step: 0) {
        outputs = $0
        return [1, -1, 2, 0.5]
      }
      return (outputs, gradients)
    }
    let (relu, zero) = (try run([.relu]), try run([.leakyReLU(0)]))
    #expect(relativeError(zero.outputs, relu.outputs.map(Double.init)) < 1e-6)
    #expect(relativeError(zero.gradients, relu.gradients.map(Double.init)) < 1e-6)
    let (identity, one) = (try run([]), try run([.leakyReLU(1)]))
    #expect(relativeError(one.outputs, identity.outputs.map(Double.init)) < 1e-6)
    #expect(relativeError(one.gradients, identity.gradients.map(Double.init)) < 1e-6)
  }

  /// Gain 2 / (1 + slope^2). The maximum of 3200 uniform numbers is within 1% of the bound, except with probability
  /// 0.99^3200 < 1e-13.
  @Test(arguments: [0, 0.5, 1])
  func weightsBeforeItHaveItsGain(slope: Double) throws {
    let network = Network(layers: [.convolution(128, kernel: 5), .leakyReLU(slope), .globalAveragePool])
    let weights = try network.initialWeights(side: 8, seed: 4)
    let bound = (3 * 2 / (1 + slope * slope) / 25).squareRoot()
    let maximum = Double(weights.map(abs).max() ?? 0)
    #expect(maximum <= bound * 1.000001 && maximum > 0.99 * bound)
  }
}
