import Testing

@testable import Backdrop

@Suite struct MemoryEstimateTests {
  /// A convolution of 2 channels and a linear layer, on textures of 8 x 8: 20 + 6 parameters.
  private static func network(mask: Double?) -> Network {
    var layers: [Layer] = [.convolution(2, kernel: 3, padding: 1)]
    if let mask { layers.append(.backdrop(mask)) }
    layers += [.globalAveragePool, .flatten, .linear(2)]
    return Network(layers: layers)
  }

  private static let parameterBytes: Double = 4 * 26
  /// Bytes of the convolution's output for 5 samples.
  private static let mapBytes: Double = 4 * 5 * 2 * 64
  private static let meanBytes: Double = 4 * 5 * 2
  private static let outputBytes: Double = 4 * 5 * 2

  @Test func everyKnownBufferIsCounted() throws {
    let estimate = try MemoryEstimate(Self.network(mask: nil), size: ImageSize(side: 8), batchSize: 5, threads: 3)
    // Weights and gradients of the model, of three threads, and of all threads together; and a copy for the kernels.
    let forward = 11 * Self.parameterBytes + Self.mapBytes + Self.outputBytes
    #expect(estimate.forwardBytes == forward)
    // The gradients of both, and the mean (flattening does not change it) with its gradient.
    let kept = Self.mapBytes + Self.outputBytes + 2 * Self.meanBytes
    let backward = forward + 4 * Self.parameterBytes + kept
    #expect(estimate.backwardBytes == backward)
    #expect(estimate.trainingBytes(optimizerStates: 2) == backward + 8 * Self.parameterBytes)
    #expect(estimate.scoreBytes(samples: 10) == 10 * (3 * 8 + 2 * 4))
  }

  @Test func masksDoNotChangeTheLowerBound() throws {
    let masked = try MemoryEstimate(Self.network(mask: 0.5), size: ImageSize(side: 8), batchSize: 5, threads: 3)
    let plain = try MemoryEstimate(Self.network(mask: nil), size: ImageSize(side: 8), batchSize: 5, threads: 3)
    #expect(masked.backwardBytes == plain.backwardBytes)
  }

  @Test func hugeBatchesDoNotOverflow() throws {
    let network = Network(layers: [
      .convolution(256, kernel: 1), .globalAveragePool, .flatten, .linear(2),
    ])
    let estimate = try MemoryEstimate(network, size: ImageSize(side: 1 << 20), batchSize: 1 << 20, threads: 1024)
    let error = #expect(throws: BackdropError.self) {
      try refuseMuchMemory(estimate.trainingBytes(optimizerStates: 2), for: "training with batches of 1048576")
    }
    #expect(error?.code == .memory)
    #expect(error?.message.hasPrefix("training with batches of 1048576 needs ") == true)
  }
}
