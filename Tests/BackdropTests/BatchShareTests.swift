import Foundation
import Testing

@testable import Backdrop

/// Two models that share a batch, on small integers: the sum is that of one model, to the last bit.
@Suite struct BatchShareTests {
  /// Masks for each sample, for all alike and of the samples, and dropout.
  private static let network = Network(layers: [
    .convolution(4, kernel: 3, stride: 2), .relu,
    .backdrop(0, axes: [.sample, .y, .x]),
    .convolution(4, kernel: 2), .backdrop(0, axes: [.y, .x]), .flatten,
    .linear(1), .backdrop(0.5, axes: [.sample]),
  ])

  private static let images = (0..<5 * 81).map { Float($0 * 7 % 5 - 2) }
  private static let labels = [1, 0, 0, 1, 0]

  private static func model(batchSize: Int) throws -> Model {
    let count = try network.parameterLayout(side: 9).count
    return try Model(
      network, side: 9, batchSize: batchSize, weights: (0..<count).map { Float($0 % 3 - 1) }, seed: 3, threads: 1)
  }

  /// What each of two shares gets, computed at the same time.
  private static func shared(_ loss: Loss, network: Network = network) throws -> [(loss: Double?, gradients: [Float])] {
    let communicator = Rendezvous(count: 2)
    let results = Results(count: 2)
    let shares = [0..<2, 2..<5]
    let threads = shares.indices.map { rank in
      Thread {
        let samples = shares[rank]
        let result = Result {
          try model(batchSize: samples.count).lossAndGradients(
            Array(images[samples.lowerBound * 81..<samples.upperBound * 81]), Array(labels[samples]), loss, step: 4,
            share: BatchShare(first: samples.lowerBound, of: 5, communicator.rank(rank)))
        }
        results.set(result, rank)
      }
    }
    for thread in threads { thread.start() }
    return try results.all()
  }

  @Test(arguments: [Loss.crossEntropy, .auc(.squaredHinge), .softF1])
  func sharesAddUpToTheBatch(loss: Loss) throws {
    guard loss.isBinary else { return }
    let whole = try Self.model(batchSize: 5).lossAndGradients(Self.images, Self.labels, loss, step: 4)
    let shares = try Self.shared(loss)
    for share in shares {
      #expect(share.loss == whole.loss)
      #expect(relativeError(share.gradients, whole.gradients.map(Double.init)) < 1e-6)
    }
    // To the last bit the same for both, and not zero.
    #expect(shares[0].gradients == shares[1].gradients)
    #expect(whole.gradients.contains { $0 != 0 })
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

/// Threads that wait for each other.
private final class Rendezvous: @unchecked Sendable {
  // Sendable: everything below `condition` is touched with it locked.
  private let condition = NSCondition()
  private let count: Int
  private var given: [Int: [Any]] = [:]
  private var round = 0
  private var taken = 0

  init(count: Int) { self.count = count }

  func rank(_ rank: Int) -> some Communicator { Rank(rendezvous: self, rank: rank) }

  /// What all have given, by rank.
  private func exchange<Value>(_ value: Value, _ rank: Int) -> [Value] {
    condition.lock()
    defer { condition.unlock() }
    let mine = round
    given[rank] = [value]
    if given.count == count { condition.broadcast() }
    while given.count < count, round == mine { condition.wait() }
    let all = (0..<count).compactMap { given[$0]?.first as? Value }
    taken += 1
    if taken == count {
      (taken, given) = (0, [:])
      round += 1
      condition.broadcast()
    } else {
      while round == mine { condition.wait() }
    }
    return all
  }

  private struct Rank: Communicator {
    let rendezvous: Rendezvous
    let rank: Int

    func allGather(_ outputs: [Float], _ labels: [Int]) throws(BackdropError) -> (outputs: [Float], labels: [Int]) {
      (rendezvous.exchange(outputs, rank).flatMap(\.self), rendezvous.exchange(labels, rank).flatMap(\.self))
    }

    func allReduce(_ gradients: inout [Float]) throws(BackdropError) {
      let all = rendezvous.exchange(gradients, rank)
      for index in gradients.indices { gradients[index] = all.reduce(0) { $0 + $1[index] } }
    }
  }
}

/// The results of threads.
private final class Results: @unchecked Sendable {
  // Sendable: everything below `condition` is touched with it locked.
  private let condition = NSCondition()
  private var results: [Result<(loss: Double?, gradients: [Float]), any Error>?]

  init(count: Int) { results = Array(repeating: nil, count: count) }

  func set(_ result: Result<(loss: Double?, gradients: [Float]), any Error>, _ rank: Int) {
    condition.withLock {
      results[rank] = result
      condition.broadcast()
    }
  }

  /// Waits for all.
  func all() throws -> [(loss: Double?, gradients: [Float])] {
    condition.lock()
    defer { condition.unlock() }
    while results.contains(where: { $0 == nil }) { condition.wait() }
    return try results.compactMap { try $0?.get() }
  }
}
