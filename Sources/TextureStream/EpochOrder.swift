import CCrypto
import Foundation

/// The samples of a part in the order of one epoch.
struct EpochOrder: Sendable {
  private let part: SamplePart
  private let permutation: KeyedPermutation?
  private var ascending: AscendingWalk?
  private var position = 0

  /// - Parameters:
  ///   - part: the samples of the epoch; not empty.
  ///   - key: the key of the shuffling; nil for ascending order.
  ///   - epoch: from 0.
  ///   - start: the number of samples to skip.
  init(_ part: SamplePart, key: UInt64?, epoch: Int, from start: Int) {
    self.part = part
    let count = if case .computed(let index) = part.members { index.count } else { part.samples.count }
    permutation = key.map { KeyedPermutation(count: count, key: $0, epoch: epoch) }
    switch part.members {
    case .all: position = start
    case .computed(let index):
      position = start
      if key == nil { ascending = AscendingWalk(index, from: start) }
    case .searched:
      for _ in 0..<start { _ = next() }
    }
  }

  /// The next sample of the part.
  mutating func next() -> Int? {
    switch part.members {
    case .all: return nextNumber(below: part.samples.count).map { part.samples.lowerBound + $0 }
    case .computed(let index):
      return ascending == nil ? nextNumber(below: index.count).map { index[$0] } : ascending?.next()
    case .searched(let belongs):
      while let number = nextNumber(below: part.samples.count) {
        let sample = part.samples.lowerBound + number
        if belongs(sample) { return sample }
      }
      return nil
    }
  }

  private mutating func nextNumber(below count: Int) -> Int? {
    guard position < count else { return nil }
    defer { position += 1 }
    return permutation?[position] ?? position
  }

  /// The key of the shuffling, from the dataset and the seed.
  static func key(datasetHash: String, seed: UInt64) -> UInt64 {
    let text = Array("\(datasetHash):\(seed)".utf8)
    var digest = [UInt8](repeating: 0, count: 32)
    SHA256(text, text.count, &digest)
    return digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
