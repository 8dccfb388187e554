import Foundation
import Testing

@testable import Backdrop

/// Two models that share a batch.
@Suite struct BatchShareTests {
  /// Computes a batch in shares, on images of small integers and with weights of 1, 0 and -1, the last layer's
  /// multiplied by a factor. There are masks for each sample, masks shared by all samples, and masks over samples.
  private struct Problem {
    let loss: Loss
    let network: Network
    private let factor: Float
    let labels = [1, 0, 1, 0]
    let images = (0..<4 * 81).map { Float($0 * 7 % 5 - 2) }

    /// - Parameter probability: the probability of all masks except the last.
    init(_ loss: Loss, factor: Float, probability: Double = 0) {
      self.loss = loss
      self.factor = factor
      network = Network(layers: [
        .convolution(4, kernel: 3, stride: 2), .relu,
        .backdrop(probability, axes: [.sample, .y, .x]),
        .convolution(4, kernel: 2), .backdrop(probability, axes: [.y, .x]), .flatten,
        .linear(loss.isBinary ? 1 : 2), .backdrop(0.5, axes: [.sample]),
      ])
    }

    func model(batchSize: Int) throws -> Model {
      let layout = try network.parameterLayout(side: 9)
      var random = SplitMix(seed: 4)
      var weights = (0..<layout.count).map { _ in Float(random.below(3) - 1) }
      for entry in layout.entries where entry.name.hasPrefix("6.") {
        for place in entry.range { weights[place] *= factor }
      }
      return try Model(network, side: 9, batchSize: batchSize, weights: weights, seed: 3, threads: 1)
    }

    /// The result for a range of samples.
    func lossAndGradients(
      _ samples: Range<Int>, share: BatchShare? = nil
    ) throws -> (loss: Double?, gradients: [Float]) {
      try model(batchSize: samples.count).lossAndGradients(
        Array(images[samples.lowerBound * 81..<samples.upperBound * 81]), Array(labels[samples]), loss, step: 6,
        share: share)
    }

    /// The result for a range of samples, with numbers or probabilities as targets, two for each sample.
    func lossAndGradients(
      _ samples: Range<Int>, share: BatchShare? = nil, _ targets: (Range<Int>) -> Targets
    ) throws -> (loss: Double?, gradients: [Float]) {
      try model(batchSize: samples.count).lossAndGradients(
        Array(images[samples.lowerBound * 81..<samples.upperBound * 81]).span, targets(samples), loss, step: 6,
        share: share)
    }

    /// The results of two shares, computed at the same time.
    func shared(_ targets: (@Sendable (Range<Int>) -> Targets)? = nil) throws -> [(loss: Double?, gradients: [Float])] {
      let communicator = Rendezvous(count: 2)
      let results = Results(count: 2)
      let shares = [0..<3, 3..<4]
      for (rank, samples) in shares.enumerated() {
        Thread {
          let share = BatchShare(first: samples.lowerBound, of: 4, communicator.rank(rank))
          results.set(
            Result {
              if let targets { return try lossAndGradients(samples, share: share, targets) }
              return try lossAndGradients(samples, share: share)
            }, rank)
        }.start()
      }
      return try results.all()
    }
  }

  /// If all arithmetic is exact, the sum is bit for bit the gradient of one model.
  ///
  /// The outputs are multiples of the factor. With a factor of 1024, differences of two outputs are 0 or so large that
  /// their exponentials are 0 or infinite, and the softmax of two outputs is 0, 1/2 or 1. The squared hinge is exact
  /// with any factor. All divisors are powers of two: the batch of 4, the 2 x 2 pairs, and the 2 samples that the batch
  /// mask keeps, one in each share.
  @Test(arguments: [(Loss.crossEntropy, 1024), (.auc(.logistic), 1024), (.auc(.squaredHinge), 1)])
  func sharesAreTheBatchBitForBit(loss: Loss, factor: Int) throws {
    let problem = Problem(loss, factor: Float(factor))
    let whole = try problem.lossAndGradients(0..<4)
    // Sums of multiples of 1/8 below 2^21 are exact.
    #expect(whole.gradients.allSatisfy { ($0 * 8).rounded() == $0 * 8 && abs($0) < 0x1p20 })
    for entry in try problem.network.parameterLayout(side: 9).entries where entry.name.hasSuffix("weight") {
      #expect(whole.gradients[entry.range].contains { $0 != 0 }, "\(entry.name)")
    }
    for share in try problem.shared() {
      #expect(share.loss == whole.loss)
      #expect(share.gradients == whole.gradients)
    }
  }

  /// The sigmoids of the F-measure are not exact; a sum in another order differs by rounding.
  @Test func sharesOfTheFMeasureAddUpToTheBatch() throws {
    let problem = Problem(.softF1, factor: 1.0 / 64, probability: 0.5)
    let whole = try problem.lossAndGradients(0..<4)
    let shares = try problem.shared()
    for share in shares {
      #expect(share.loss == whole.loss)
      #expect(relativeError(share.gradients, whole.gradients.map(Double.init)) < 1e-6)
    }
    #expect(shares[0].gradients == shares[1].gradients)
    #expect(whole.gradients.contains { $0 != 0 })
  }

  /// Numbers and probabilities pass through the communicator together with the outputs. All divisors are powers of two,
  /// so that the arithmetic of the squares is exact.
  @Test func sharesOfNumbersAndProbabilitiesAreTheBatch() throws {
    let numbers: @Sendable (Range<Int>) -> Targets = { .numbers($0.flatMap { [Float($0), Float(2 - $0)] }) }
    let squares = Problem(.meanSquaredError, factor: 1)
    let whole = try squares.lossAndGradients(0..<4, numbers)
    for share in try squares.shared(numbers) {
      #expect(share.loss == whole.loss)
      #expect(share.gradients == whole.gradients)
    }
    #expect(whole.gradients.contains { $0 != 0 })

    let probabilities: @Sendable (Range<Int>) -> Targets = {
      .probabilities($0.flatMap { [Float($0) / 4, 1 - Float($0) / 4] })
    }
    let soft = Problem(.crossEntropy, factor: 1.0 / 64, probability: 0.5)
    let batch = try soft.lossAndGradients(0..<4, probabilities)
    for share in try soft.shared(probabilities) {
      #expect(share.loss == batch.loss)
      #expect(relativeError(share.gradients, batch.gradients.map(Double.init)) < 1e-6)
    }
    #expect(batch.gradients.contains { $0 != 0 })
  }

  @Test func masksOfASharesSamplesAreThoseOfTheBatch() throws {
    let shape = Shape(channels: 3, height: 4, width: 5)
    for axes in [Set<Axis>([.sample, .y, .x]), [.y, .x], [.sample], [.sample, .channel]] {
      let rule = MaskRule(axes: axes, probability: 0.5)
      let whole = rule.draw(samples: 6, shape: shape, seed: 1, step: 2, layer: 3)
      let part = rule.draw(samples: 2..<5, of: 6, shape: shape, seed: 1, step: 2, layer: 3)
      for sample in 2..<5 {
        for channel in 0..<3 {
          for y in 0..<4 {
            for x in 0..<5 { #expect(part[sample - 2, channel, y, x] == whole[sample, channel, y, x]) }
          }
        }
      }
    }
  }
}

/// The results of threads.
private final class Results: @unchecked Sendable {
  // Sendable: everything below `condition` is accessed only while it is locked.
  private let condition = NSCondition()
  private var results: [Result<(loss: Double?, gradients: [Float]), any Error>?]

  init(count: Int) { results = Array(repeating: nil, count: count) }

  func set(_ result: Result<(loss: Double?, gradients: [Float]), any Error>, _ rank: Int) {
    condition.withLock {
      results[rank] = result
      condition.broadcast()
    }
  }

  /// Waits for all threads.
  func all() throws -> [(loss: Double?, gradients: [Float])] {
    condition.lock()
    defer { condition.unlock() }
    while results.contains(where: { $0 == nil }) { condition.wait() }
    return try results.compactMap { try $0?.get() }
  }
}
