import Foundation

@testable import Backdrop

/// Threads that wait for each other.
final class Rendezvous: @unchecked Sendable {
  // Sendable: everything below `condition` is accessed only while it is locked.
  private let condition = NSCondition()
  private let count: Int
  private var given: [Int: [Any]] = [:]
  private var round = 0
  private var taken = 0

  init(count: Int) { self.count = count }

  func rank(_ rank: Int) -> some Communicator { Rank(rendezvous: self, rank: rank) }

  /// The values of all threads, by rank.
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
