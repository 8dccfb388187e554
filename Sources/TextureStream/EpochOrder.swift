import CCrypto
import Foundation

/// The samples of a part in one epoch, in their order: a walk through a permutation of all samples that passes over those
/// of other parts.
struct EpochOrder: Sendable {
  private let samples: Range<Int>
  private let permutation: KeyedPermutation?
  private let belongs: @Sendable (Int) -> Bool
  private var position = 0

  /// - Parameters:
  ///   - samples: all of the source's.
  ///   - key: of the shuffling; none for the samples' own order.
  ///   - belongs: whether a sample is of the part.
  init(samples: Range<Int>, key: UInt64?, epoch: Int, belongs: @escaping @Sendable (Int) -> Bool) {
    self.samples = samples
    permutation = key.map { KeyedPermutation(count: samples.count, key: $0, epoch: epoch) }
    self.belongs = belongs
  }

  /// The next sample of the part.
  mutating func next() -> Int? {
    while position < samples.count {
      let sample = samples.lowerBound + (permutation?[position] ?? position)
      position += 1
      if belongs(sample) { return sample }
    }
    return nil
  }

  /// The key of the shuffling: of the dataset and the seed together.
  static func key(datasetHash: String, seed: UInt64) -> UInt64 {
    let text = Array("\(datasetHash):\(seed)".utf8)
    var digest = [UInt8](repeating: 0, count: 32)
    SHA256(text, text.count, &digest)
    return digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
