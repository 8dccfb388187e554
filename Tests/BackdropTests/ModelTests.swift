import Testing

@testable import Backdrop

/// The fast model against the slow one and against PyTorch.
@Suite(.serialized) struct ModelTests {
  /// The tolerance, relative to the maximum magnitude of a tensor.
  private static let tolerance = 1e-4
  private static let seed: UInt64 = 20_180_606

  @Test(arguments: NetworkFixture.names, PlanChoice.allChoices)
  func outputsAndEveryGradientAreThoseOfPyTorch(name: String, choice: PlanChoice) throws {
    let (fixture, network) = try NetworkFixture.named(name)
    let model = try Model(network, side: fixture.side, batchSize: fixture.samples, seed: fixture.seed)
    model.planChoice = choice
    let images = NetworkFixture.images(count: fixture.samples * network.inputChannels * fixture.side * fixture.side)
    var outputs: [Float] = []
    let gradients = try model.inputGradients(images, step: fixture.step) {
      outputs = $0
      return fixture.evaluate($0.map(Double.init)).gradient.map { Float($0) }
    }
    #expect(relativeError(outputs, fixture.outputs) < Self.tolerance)
    #expect(model.layout.entries.count == fixture.gradients.count)
    for entry in model.layout.entries {
      let expected = try #require(fixture.gradients[entry.name])
      #expect(relativeError(gradients.weights[entry.range], expected) < Self.tolerance, "\(entry.name)")
    }
    #expect(relativeError(gradients.images, fixture.inputGradient) < Self.tolerance)
  }

  /// The loss of the model, with a batch mask that blocks two samples.
  @Test(arguments: PlanChoice.allChoices)
  func aucWithABatchMaskIsThatOfPyTorch(choice: PlanChoice) throws {
    let (fixture, network) = try NetworkFixture.named("auc")
    let blocked = try #require(fixture.masks["\(network.layers.count - 1)"]).values.count { $0 == 0 }
    try #require(fixture.criterion == .auc && blocked == 2)
    let model = try Model(network, side: fixture.side, batchSize: fixture.samples, seed: fixture.seed)
    model.planChoice = choice
    let (loss, gradients) = try model.lossAndGradients(
      NetworkFixture.images(count: fixture.samples * fixture.side * fixture.side), fixture.targets, .auc(.logistic),
      step: fixture.step)
    #expect(agree(try #require(loss), fixture.loss, relative: 1e-6))
    for entry in model.layout.entries {
      let expected = try #require(fixture.gradients[entry.name])
      #expect(expected.contains { abs($0) > 1e-6 })
      #expect(relativeError(gradients[entry.range], expected) < Self.tolerance, "\(entry.name)")
    }
    if case .crops = choice { #expect(try #require(model.lastPlan).cropCount > 0) }
  }

  @Test(arguments: 0..<60)
  func anyNetworkAgreesWithTheReference(seed: Int) throws {
    let random = RandomNetwork(seed: seed)
    // Two of the crop plans, in turn.
    let crops = (0..<2).map { PlanChoice.allChoices[2 + (2 * seed + $0) % 4] }
    for choice in [.fastest, .whole] + crops {
      try Self.compare(random.network, size: random.size, samples: random.samples, step: seed, choice)
    }
  }

  /// Sides that are not multiples of the product of the strides.
  @Test(arguments: [ImageSize(side: 7), ImageSize(side: 16), ImageSize(height: 25, width: 39)], [2, 3])
  func referenceNetworkTakesEverySize(size: ImageSize, kernel: Int) throws {
    let network = try Network.reference(
      size: size, outputs: 2, kernel: kernel, channels: 4, fineMask: 0.5, coarseMask: 0.5)
    for choice in [PlanChoice.fastest, .cells] { try Self.compare(network, size: size, samples: 2, step: 1, choice) }
  }

  /// Padding is zero after standardization, so changing the first layer's bias would not be equivalent.
  @Test(arguments: PlanChoice.allChoices)
  func standardizationIsPartOfTheModel(choice: PlanChoice) throws {
    let network = try Network.reference(side: 32, outputs: 3, channels: 8, fineMask: 0.5, coarseMask: 0.5)
    let standardization = Standardization(mean: 0.3, standardDeviation: 2.5)
    try Self.compare(network, size: ImageSize(side: 32), samples: 2, step: 1, choice, standardization: standardization)
  }

  @Test func shortBatchAgreesWithTheReference() throws {
    let network = try Network.reference(side: 32, outputs: 3, channels: 8, fineMask: 0.5, coarseMask: 0.5)
    for choice in PlanChoice.allChoices {
      for samples in [5, 1, 3, 5] {
        try Self.compare(network, size: ImageSize(side: 32), samples: samples, batchSize: 5, step: 2, choice)
      }
    }
  }

  @Test func oneModelRunsBatchesOfManySizes() throws {
    let network = try Network.reference(side: 32, outputs: 3, channels: 8, fineMask: 0.5, coarseMask: 0.5)
    let model = try Model(network, side: 32, batchSize: 5)
    let images = NetworkFixture.images(count: 5 * 32 * 32)
    let whole = try Self.gradients(model, images, count: 5, step: 0)
    let short = try Self.gradients(model, Array(images.prefix(2 * 32 * 32)), count: 2, step: 0)
    let again = try Self.gradients(model, images, count: 5, step: 0)
    let alone = try Self.gradients(
      Model(network, side: 32, batchSize: 2), Array(images.prefix(2 * 32 * 32)), count: 2, step: 0)
    #expect(whole == again)
    #expect(short == alone)
    #expect(short != whole)
  }

  @Test func forwardIsBitIdenticalWithAndWithoutMasks() throws {
    let images = NetworkFixture.images(count: 4 * 64 * 64)
    func outputs(fineMask: Double, coarseMask: Double, _ choice: PlanChoice) throws -> [UInt32] {
      let network = try Network.reference(
        side: 64, outputs: 4, channels: 16, fineMask: fineMask, coarseMask: coarseMask)
      let model = try Model(network, side: 64, batchSize: 4)
      model.planChoice = choice
      var outputs: [Float] = []
      _ = try model.gradients(images, step: 0) {
        outputs = $0
        return $0
      }
      return outputs.map(\.bitPattern)
    }
    let expected = try outputs(fineMask: 0, coarseMask: 0, .whole)
    #expect(expected.count == 16)
    for choice in PlanChoice.allChoices {
      #expect(try outputs(fineMask: 0.85, coarseMask: 0.95, choice) == expected)
      #expect(try outputs(fineMask: 1, coarseMask: 0.1, choice) == expected)
    }
  }

  @Test func networkWithoutMasksIsTheNetworkWithMasksOfProbabilityZero() throws {
    let masked = try Network.reference(side: 32, outputs: 3, channels: 8, fineMask: 0, coarseMask: 0)
    let plain = Network(layers: masked.layers.filter { $0.maskRule == nil })
    let weights = try masked.initialWeights(side: 32, seed: 1)
    let images = NetworkFixture.images(count: 2 * 32 * 32)
    let expected = try Self.gradients(
      Model(plain, side: 32, batchSize: 2, weights: weights), images, count: 2, step: 0)
    let found = try Self.gradients(
      Model(masked, side: 32, batchSize: 2, weights: weights), images, count: 2, step: 0)
    #expect(relativeError(found, expected.map(Double.init)) < 1e-6)
  }

  /// Two masks, independent of each other: the gradient is linear in each, so its mean is the dense one.
  @Test(arguments: [PlanChoice.cells, .whole])
  func meanGradientOverManyMasksIsTheDenseOne(choice: PlanChoice) throws {
    func network(_ fineMask: Double, _ coarseMask: Double) -> Network {
      Network(layers: [
        .convolution(4, kernel: 3, stride: 2, padding: 1), .relu,
        .backdrop(fineMask),
        .convolution(4, kernel: 2), .relu,
        .backdrop(coarseMask, axes: [.y, .x]), .globalAveragePool, .flatten,
        .linear(3),
      ])
    }
    let images = NetworkFixture.images(count: 2 * 64)
    let dense = try Self.gradients(Model(network(0, 0), side: 8, batchSize: 2), images, count: 2, step: 0)
    let model = try Model(network(0.5, 0.75), side: 8, batchSize: 2, threads: 1)
    model.planChoice = choice
    let masks = 1000
    var sums = Array(repeating: 0.0, count: dense.count)
    var squares = sums
    for step in 0..<masks {
      for (index, value) in try Self.gradients(model, images, count: 2, step: step).enumerated() {
        // Deviations from the dense gradient, so that nothing cancels.
        let difference = Double(value) - Double(dense[index])
        sums[index] += difference
        squares[index] += difference * difference
      }
    }
    // A deviation of more than 5.5 standard errors has a probability of 4e-8, one among the 155 parameters of 6e-6.
    var significant = 0
    for index in dense.indices {
      let mean = sums[index] / Double(masks)
      let variance = squares[index] / Double(masks) - mean * mean
      let error = (variance / Double(masks)).squareRoot() + 1e-6 * Double(abs(dense[index]))
      #expect(abs(mean) <= 5.5 * error, "parameter \(index): \(mean) from \(dense[index])")
      if Double(abs(dense[index])) > 10 * error { significant += 1 }
    }
    // A wrong factor would be noticed: most gradients are well above their error.
    #expect(significant > dense.count / 2)
  }

  /// With one surviving element, uniformly chosen, the mean over the elements is exactly the expectation.
  @Test(arguments: PlanChoice.allChoices)
  func meanGradientOverAllSurvivingElementsIsTheDenseOne(choice: PlanChoice) throws {
    func network(_ fine: [Int]?, _ coarse: [Int]?) -> Network {
      Network(layers: [
        .convolution(5, kernel: 3, stride: 2), .relu,
        .backdrop(fine == nil ? 0 : 1, fixedElement: fine),
        .convolution(4, kernel: 2),
        .backdrop(coarse == nil ? 0 : 1, fixedElement: coarse), .globalAveragePool, .flatten,
        .linear(3),
      ])
    }
    // Maps of 3x3 and 2x2.
    let images = NetworkFixture.images(count: 2 * 49)
    let weights = try network(nil, nil).initialWeights(side: 7, seed: 5)
    func gradients(_ network: Network, _ choice: PlanChoice) throws -> [Float] {
      let model = try Model(network, side: 7, batchSize: 2, weights: weights)
      model.planChoice = choice
      return try Self.gradients(model, images, count: 2, step: 0)
    }
    var mean = weights.map { _ in 0.0 }
    for fine in 0..<9 {
      for coarse in 0..<4 {
        let found = try gradients(network([fine / 3, fine % 3], [coarse / 2, coarse % 2]), choice)
        for (index, value) in found.enumerated() { mean[index] += Double(value) / 36 }
      }
    }
    let dense = try gradients(network(nil, nil), .whole)
    #expect(relativeError(mean, dense.map(Double.init)) < 1e-6)
  }

  @Test func gradientsAreThoseOfSeedAndStep() throws {
    let network = Network(layers: [
      .convolution(8, kernel: 3, stride: 2), .relu, .dropout(0.5),
      .backdrop(0.5), .globalAveragePool, .flatten, .linear(3),
    ])
    let images = NetworkFixture.images(count: 3 * 15 * 15)
    let weights = try network.initialWeights(side: 15, seed: 1)
    func gradients(seed: UInt64, step: Int) throws -> [Float] {
      let model = try Model(network, side: 15, batchSize: 3, weights: weights, seed: seed)
      _ = try Self.gradients(model, images, count: 3, step: 17)
      return try Self.gradients(model, images, count: 3, step: step)
    }
    let first = try gradients(seed: 1, step: 4)
    #expect(try gradients(seed: 1, step: 4) == first)
    #expect(try gradients(seed: 1, step: 5) != first)
    #expect(try gradients(seed: 2, step: 4) != first)
  }

  @Test func predictionDropsNothing() throws {
    func network(_ probability: Double) -> Network {
      Network(layers: [
        .convolution(8, kernel: 3, stride: 2), .relu, .dropout(probability),
        .convolution(8, kernel: 3), .globalAveragePool, .flatten,
        .dropout(probability), .linear(3),
      ])
    }
    let images = NetworkFixture.images(count: 3 * 15 * 15)
    let model = try Model(network(0.5), side: 15, batchSize: 3)
    let plain = try Model(network(0), side: 15, batchSize: 3)
    var training: [Float] = []
    _ = try model.gradients(images, step: 0) {
      training = $0
      return $0
    }
    let prediction = try model.predict(images)
    #expect(prediction != training)
    #expect(try plain.predict(images) == prediction)
    // Kernels for other numbers of samples may add in another order.
    #expect(try relativeError(Self.outputs(plain, images, count: 3), prediction.map(Double.init)) < 1e-6)
  }

  @Test func sampleIsPredictedTheSameInAnyBatch() throws {
    let network = try Network.reference(side: 32, outputs: 3, channels: 8, fineMask: 0.5, coarseMask: 0.5)
    let model = try Model(network, side: 32, batchSize: 4)
    let images = NetworkFixture.images(count: 4 * 32 * 32)
    let whole = try model.predict(images)
    let last = try model.predict(Array(images.suffix(32 * 32)))
    #expect(relativeError(last, whole.suffix(3).map(Double.init)) < 1e-6)
  }

  @Test func changedWeightsAreUsed() throws {
    let random = RandomNetwork(seed: 4)
    let model = try Model(random.network, side: random.side, batchSize: random.samples)
    let images = NetworkFixture.images(
      count: random.samples * random.network.inputChannels * random.side * random.side)
    let before = try model.predict(images)
    let old = model.weights
    _ = try Self.gradients(model, images, count: random.samples, step: 0)
    #expect(model.weights == old)
    for index in model.weights.indices { model.weights[index] *= 1.5 }
    let reference = try ReferenceModel(random.network, side: random.side, weights: model.weights)
    let expected = try reference.run(images, samples: random.samples) { $0 }.outputs
    let after = try model.predict(images)
    #expect(after != before)
    #expect(relativeError(after, expected) < Self.tolerance)
  }

  @Test func gradientsOfAFailedPassAreNotReused() throws {
    let random = RandomNetwork(seed: 4)
    let images = NetworkFixture.images(
      count: random.samples * random.network.inputChannels * random.side * random.side)
    func model() throws -> Model { try Model(random.network, side: random.side, batchSize: random.samples) }
    let fresh = try Self.gradients(try model(), images, count: random.samples, step: 0)
    let failing = try model()
    _ = try Self.gradients(failing, images, count: random.samples, step: 1)
    #expect(throws: BackdropError.self) {
      try failing.gradients(images, step: 0) { _ throws(BackdropError) in
        throw BackdropError(.diverged, "stopped by the test")
      }
    }
    #expect(try Self.gradients(failing, images, count: random.samples, step: 0) == fresh)
  }

  @Test func wrongWeightsAndImpossibleBatchesAreRefused() throws {
    let network = Network(layers: [.flatten, .linear(2)])
    let short = #expect(throws: BackdropError.self) { try Model(network, side: 4, batchSize: 1, weights: [1, 2]) }
    #expect(short?.code == .foreignWeights)
    let empty = #expect(throws: BackdropError.self) { try Model(network, side: 4, batchSize: 0) }
    #expect(empty?.code == .invalidOptions)
  }
}

extension ModelTests {
  /// Compares outputs and all gradients of a model with the reference, for a loss with an arbitrary gradient.
  private static func compare(
    _ network: Network, size: ImageSize, samples: Int, batchSize: Int? = nil, step: Int, _ choice: PlanChoice,
    standardization: Standardization = Standardization(), sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let images = NetworkFixture.images(count: samples * network.inputChannels * size.height * size.width)
    let model = try Model(
      network, size: size, batchSize: batchSize ?? samples, seed: seed, standardization: standardization)
    model.planChoice = choice
    // Biases are initially zero, so a missing one would not be noticed.
    for entry in model.layout.entries where entry.shape.count == 1 {
      for place in entry.range { model.weights[place] = Float(place % 7 - 3) / 20 }
    }
    var reference = try ReferenceModel(network, size: size, weights: model.weights)
    reference.standardization = standardization
    let masks = try ReferenceModel.masks(network, size: size, samples: samples, seed: seed, step: step)
    let expected = try reference.run(images, samples: samples, masks: masks) { outputs in
      lossGradient(count: outputs.count).map(Double.init)
    }
    var outputs: [Float] = []
    let gradients = try model.inputGradients(images, step: step) {
      outputs = $0
      return lossGradient(count: $0.count)
    }
    #expect(
      relativeError(outputs, expected.outputs) < tolerance, "outputs, \(choice)\n\(network.yaml)",
      sourceLocation: sourceLocation)
    for entry in model.layout.entries {
      #expect(
        relativeError(gradients.weights[entry.range], expected.gradients[entry.range]) < tolerance,
        "\(entry.name), \(choice)\n\(network.yaml)", sourceLocation: sourceLocation)
    }
    #expect(
      relativeError(gradients.images, expected.inputGradients) < tolerance, "dL/dx, \(choice)\n\(network.yaml)",
      sourceLocation: sourceLocation)
  }

  /// From 0.5 to 2.5: of one sign, so that the sum over the batch does not cancel down to rounding errors.
  private static func lossGradient(count: Int) -> [Float] { NetworkFixture.images(count: count).map { $0 + 1.5 } }

  /// dL/dw for a loss of half the sum of squared outputs.
  private static func gradients(_ model: Model, _ images: [Float], count: Int, step: Int) throws -> [Float] {
    precondition(images.count % count == 0)
    return try model.gradients(images, step: step) { $0 }
  }

  /// The outputs of a training step.
  private static func outputs(_ model: Model, _ images: [Float], count: Int) throws -> [Float] {
    var outputs: [Float] = []
    _ = try model.gradients(images, step: 0) {
      outputs = $0
      return $0
    }
    return outputs
  }
}
