import Testing

@testable import Backdrop

/// The laws of every kind of layer, for one example of each with values other than the defaults.
@Suite struct OperationTests {
  static let examples: [Layer] = [
    .convolution(5, kernel: 3, stride: 2, padding: 2),
    .relu,
    .leakyReLU(0.2),
    .maxPool(3, stride: 2, padding: 1),
    .averagePool(3, stride: 1, padding: 1),
    .globalAveragePool,
    .flatten,
    .linear(7),
    .dropout(0.3),
    .backdrop(0.4, axes: [.channel, .y], fixedElement: [1, 2]),
    .sbp(0.3, places: .random, unbiased: true),
    .meProp(17),
  ]

  private static let side = 7
  private static let samples = 3

  @Test func everyKindHasAnExample() {
    #expect(Self.examples.map(\.name) == OperationTable.all.map { $0.name })
  }

  @Test func namesAndKeysAreUnique() {
    #expect(Set(OperationTable.all.map { $0.name }).count == OperationTable.all.count)
    for kind in OperationTable.all { #expect(Set(kind.keys.map(\.name)).count == kind.keys.count, "\(kind)") }
  }

  @Test(arguments: examples)
  func layerReadsBackFromItsYAML(layer: Layer) throws {
    #expect(layer.operation.values.count == type(of: layer.operation).keys.count)
    let network = try Self.network(around: layer)
    #expect(try Network(yaml: network.yaml, file: "network.yaml") == network, "\(network.yaml)")
    #expect(Self.examples.count { $0 == layer } == 1)
  }

  @Test(arguments: examples)
  func layerWithoutNoiseHasTheSameKindAndMasksNothing(layer: Layer) throws {
    let network = try Self.network(around: layer)
    let quiet = network.withoutNoise
    #expect(quiet.layers.map(\.name) == network.layers.map(\.name))
    #expect(try quiet.shapes(side: Self.side) == network.shapes(side: Self.side))
    for mask in try ReferenceModel.masks(quiet, side: Self.side, samples: 2, seed: 1, step: 0).values {
      #expect(mask.values.allSatisfy { $0 == 1 })
    }
  }

  /// The fast kernels against the slow reference, with masks and dropout.
  @Test(arguments: examples, PlanChoice.allChoices)
  func outputsAndGradientsAreThoseOfTheReference(layer: Layer, choice: PlanChoice) throws {
    let network = try Self.network(around: layer)
    let model = try Model(network, side: Self.side, batchSize: Self.samples, seed: 3)
    model.planChoice = choice
    let masks = try ReferenceModel.masks(network, side: Self.side, samples: Self.samples, seed: 3, step: 1)
    let images = NetworkFixture.images(count: Self.samples * Self.side * Self.side)
    var outputs: [Float] = []
    let gradients = try model.inputGradients(images, step: 1) {
      outputs = $0
      return $0.indices.map { Float($0 % 5) - 1.5 }
    }
    let expected = try ReferenceModel(network, side: Self.side, weights: model.weights)
      .run(images, samples: Self.samples, masks: masks) { $0.indices.map { Double($0 % 5) - 1.5 } }
    #expect(relativeError(outputs, expected.outputs) < 1e-5)
    #expect(relativeError(gradients.weights, expected.gradients) < 1e-5)
    #expect(relativeError(gradients.images, expected.inputGradients) < 1e-5)
  }

  /// The slow reference's gradients against differences of its loss. The loss is linear in each number between the
  /// kinks of ReLUs and maxima, so double precision leaves an error of about 1e-10. The steps are small enough for the
  /// fixed images and weights to avoid the kinks. Layers that change only gradients are skipped.
  @Test(arguments: examples)
  func referenceGradientsAreFiniteDifferences(layer: Layer) throws {
    let layers = try Self.network(around: layer).layers
    let network = Network(layers: layers.map { $0.operation is MeProp ? Layer($0.operation.withoutNoise) : $0 })
    let masks = try ReferenceModel.masks(network, side: Self.side, samples: Self.samples, seed: 3, step: 1)
      .filter { !network.layers[$0.key].operation.isIdentityForward }
    let images = NetworkFixture.images(count: Self.samples * Self.side * Self.side)
    let model = try ReferenceModel(
      network, side: Self.side, weights: network.initialWeights(side: Self.side, seed: 3))
    func slope(_ index: Int) -> Double { Double(index % 5) - 1.5 }
    func loss(_ model: ReferenceModel, _ images: [Float]) throws -> Double {
      try model.run(images, samples: Self.samples, masks: masks) { $0.map { _ in 0 } }
        .outputs.enumerated().reduce(0) { $0 + slope($1.offset) * $1.element }
    }
    func difference(_ values: [Float], _ index: Int, _ loss: ([Float]) throws -> Double) throws -> Double {
      var (lower, upper) = (values, values)
      lower[index] -= 0x1p-14
      upper[index] += 0x1p-14
      return try (loss(upper) - loss(lower)) / (Double(upper[index]) - Double(lower[index]))
    }
    let result = try model.run(images, samples: Self.samples, masks: masks) { $0.indices.map(slope) }
    // Every 41st number only: the slow model runs twice for each, and all of them would take minutes.
    let weights = Array(stride(from: 0, to: model.weights.count, by: 41))
    let weightDifferences = try weights.map { index in
      try difference(model.weights, index) { weights in
        var changed = model
        changed.weights = weights
        return try loss(changed, images)
      }
    }
    #expect(relativeError(weights.map { result.gradients[$0] }, weightDifferences) < 1e-6)
    let pixels = Array(stride(from: 0, to: images.count, by: 41))
    let pixelDifferences = try pixels.map { index in
      try difference(images, index) { try loss(model, $0) }
    }
    #expect(relativeError(pixels.map { result.inputGradients[$0] }, pixelDifferences) < 1e-6)
  }

  /// A network with the layer: twice if possible, after a convolution and after another layer; at the end of a segment
  /// if its output is a map.
  private static func network(around layer: Layer) throws -> Network {
    let convolution = Layer.convolution(6, kernel: 3, padding: 1)
    let candidates = [
      [convolution, layer, convolution, .averagePool(2), layer, .backdrop(0.5), .flatten, .linear(3)],
      [convolution, layer, .flatten, .linear(3)],
      [convolution, .flatten, layer, .linear(3)],
    ].map { Network(layers: $0) }
    return try #require(candidates.first { (try? $0.shapes(side: side)) != nil }, "no network takes \(layer)")
  }
}
