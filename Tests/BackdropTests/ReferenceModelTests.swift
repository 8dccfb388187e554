import Testing

@testable import Backdrop

/// The slow model, the masks and the initial weights against PyTorch and the script's own implementation.
@Suite struct ReferenceModelTests {
  /// The fixtures have nine digits.
  private let tolerance = 1e-7

  @Test(arguments: NetworkFixture.names)
  func masksAreThoseOfTheDocumentedCounters(name: String) throws {
    let (fixture, network) = try NetworkFixture.named(name)
    let masks = try ReferenceModel.masks(
      network, side: fixture.side, samples: fixture.samples, seed: fixture.seed, step: fixture.step)
    #expect(Set(masks.keys.map(String.init)) == Set(fixture.masks.keys))
    for (layer, mask) in masks {
      let expected = try #require(fixture.masks["\(layer)"])
      #expect(mask.extents == expected.extents, "layer \(layer)")
      #expect(relativeError(mask.values, expected.values.map(Double.init)) < tolerance, "layer \(layer)")
    }
  }

  @Test(arguments: NetworkFixture.names)
  func initialWeightsAreThoseOfTheDocumentedCounters(name: String) throws {
    let (fixture, network) = try NetworkFixture.named(name)
    let weights = try network.initialWeights(side: fixture.side, seed: fixture.seed)
    let layout = try network.parameterLayout(side: fixture.side)
    #expect(Set(layout.entries.map(\.name)) == Set(fixture.weightSums.keys))
    for entry in layout.entries {
      let expected = try #require(fixture.weightSums[entry.name])
      #expect(abs(weights[entry.range].reduce(0) { $0 + Double($1) } - expected) < 1e-6, "\(entry.name)")
    }
  }

  @Test(arguments: NetworkFixture.names)
  func outputsLossAndEveryGradientAreThoseOfPyTorch(name: String) throws {
    let (fixture, network) = try NetworkFixture.named(name)
    let model = try ReferenceModel(
      network, side: fixture.side, weights: network.initialWeights(side: fixture.side, seed: fixture.seed))
    let masks = try ReferenceModel.masks(
      network, side: fixture.side, samples: fixture.samples, seed: fixture.seed, step: fixture.step)
    let images = NetworkFixture.images(
      count: fixture.samples * network.inputChannels * fixture.side * fixture.side)
    var loss = 0.0
    let result = try model.run(images, samples: fixture.samples, masks: masks) { outputs in
      let value = fixture.evaluate(outputs)
      loss = value.loss
      return value.gradient
    }
    #expect(relativeError(result.outputs, fixture.outputs) < tolerance)
    #expect(abs(loss / fixture.loss - 1) < tolerance)
    #expect(model.layout.entries.count == fixture.gradients.count)
    for entry in model.layout.entries {
      let expected = try #require(fixture.gradients[entry.name])
      #expect(relativeError(result.gradients[entry.range], expected) < tolerance, "\(entry.name)")
    }
    #expect(relativeError(result.inputGradients, fixture.inputGradient) < tolerance)
  }
}
