import GaussianField

/// A random subset of 0 ..< count: one number from each of `size` strata of nearly equal length. The strata begin at a
/// random number and wrap around, so that all numbers are equally likely to be members.
///
/// - Complexity: O(1) for each query, O(log count) for ``other(at:)``; no memory.
struct StratifiedSubset: Sendable {
  private let strata: Strata
  /// The position of 0 in the strata.
  private let offset: Int
  /// The number of members before that position.
  private let offsetRank: Int

  /// - Parameters:
  ///   - size: at most `count`.
  ///   - count: below 2³².
  init(_ size: Int, of count: Int, words: SplitWords) {
    precondition((0...count).contains(size) && count < 1 << 32)
    strata = Strata(count: count, size: size, words: words)
    offset = words.below(count, index: 0, word: 1)
    offsetRank = strata.members(before: offset)
  }

  var count: Int { strata.count }
  var size: Int { strata.size }

  func contains(_ number: Int) -> Bool {
    guard size > 0 else { return false }
    let place = (number + offset) % count
    return strata.member(of: strata.stratum(at: place)) == place
  }

  /// The number of members below a number in 0 ... count.
  func rank(below number: Int) -> Int {
    let place = number + offset
    return place <= count
      ? strata.members(before: place) - offsetRank : size - offsetRank + strata.members(before: place - count)
  }

  /// The member with the given number of members below it.
  func member(at rank: Int) -> Int {
    (strata.member(of: (rank + offsetRank) % size) + count - offset) % count
  }

  /// The non-member with the given number of non-members below it.
  func other(at rank: Int) -> Int {
    firstIndex(below: count) { $0 + 1 - self.rank(below: $0 + 1) > rank }
  }
}

/// Strata of 0 ..< count, from each of which one number is drawn: stratum i begins at floor(i count / size).
private struct Strata: Sendable {
  let count: Int
  let size: Int
  let words: SplitWords

  /// The number drawn from a stratum.
  func member(of stratum: Int) -> Int {
    let first = start(of: stratum)
    return first + words.below(start(of: stratum + 1) - first, index: stratum, word: 0)
  }

  /// The stratum that contains a position: the last one that begins at or before it.
  func stratum(at place: Int) -> Int { Int((UInt64(place + 1) * UInt64(size) - 1) / UInt64(count)) }

  /// The number of members before a position in 0 ... count.
  func members(before place: Int) -> Int {
    guard size > 0, place < count else { return size }
    let stratum = stratum(at: place)
    return stratum + (member(of: stratum) < place ? 1 : 0)
  }

  // The products are below 2^64, since both factors are below 2^32.
  private func start(of stratum: Int) -> Int { Int(UInt64(stratum) * UInt64(count) / UInt64(size)) }
}

/// The random words that draw one subset.
struct SplitWords: Sendable {
  let seed: UInt64
  let classIndex: Int
  /// Selects the subset, from 2; 0 is for orders, 1 for ``CircleSplit``.
  let level: UInt32

  /// A random number below `bound` (0 if that is 0), a pure function of `index` and `word`.
  func below(_ bound: Int, index: Int, word: UInt32) -> Int {
    let purpose = NoisePurpose.order.rawValue << 24 | level
    let words = Philox4x32.block(counter: SIMD4(UInt32(index), UInt32(classIndex), purpose, word), key: seed)
    return Int((UInt64(words.x) << 32 | UInt64(words.y)).multipliedFullWidth(by: UInt64(bound)).high)
  }
}

/// The first index in 0 ..< end for which a monotonic condition holds; `end` if there is none.
///
/// - Complexity: O(log end).
func firstIndex(below end: Int, where holds: (Int) -> Bool) -> Int {
  var (low, high) = (0, end)
  while low < high {
    let middle = low + (high - low) / 2
    if holds(middle) { high = middle } else { low = middle + 1 }
  }
  return low
}
