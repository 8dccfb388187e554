import GaussianField

/// A permutation of 0 ..< count that takes no memory: a Feistel network over the next power of four, iterated until the
/// value is below the count.
///
/// - Source: Luby and Rackoff (1988) for the network; Black and Rogaway (2002) for cycle walking.
struct KeyedPermutation: Sendable {
  let count: Int
  private let key: UInt64
  private let epoch: UInt32
  private let halfBits: UInt32
  private static let rounds: UInt32 = 8

  /// - Parameters:
  ///   - count: at most 2³².
  ///   - key: the key of the round functions.
  ///   - epoch: selects the permutation.
  init(count: Int, key: UInt64, epoch: Int) {
    precondition(count >= 1 && count <= 1 << 32)
    self.count = count
    self.key = key
    self.epoch = UInt32(truncatingIfNeeded: epoch)
    let bits = UInt32(Int.bitWidth - (count - 1).leadingZeroBitCount)
    halfBits = max(1, (bits + 1) / 2)
  }

  /// The element at a position.
  ///
  /// - Complexity: O(1); at most four passes through the network on average.
  subscript(position: Int) -> Int {
    var value = UInt64(position)
    repeat { value = network(value) } while value >= UInt64(count)
    return Int(value)
  }

  private func network(_ value: UInt64) -> UInt64 {
    let mask = (UInt32(1) << halfBits) &- 1
    var left = UInt32(truncatingIfNeeded: value >> UInt64(halfBits)) & mask
    var right = UInt32(truncatingIfNeeded: value) & mask
    for round in 0..<Self.rounds {
      let counter = SIMD4(right, round, NoisePurpose.order.rawValue << 24, epoch)
      (left, right) = (right, left ^ Philox4x32.block(counter: counter, key: key).x & mask)
    }
    return UInt64(left) << UInt64(halfBits) | UInt64(right)
  }
}
