import GaussianField

/// A random subset of 0 ..< count: one number of each of `size` strata of nearly equal length. The strata begin at a random
/// number and go round to it again, so that every number is as likely as any other to be a member.
///
/// - Complexity: O(1) for each question, O(log count) for ``other(at:)``; no memory.
struct StratifiedSubset: Sendable {
  private let strata: Strata
  /// Where 0 is among the strata.
  private let offset: Int
  /// Members before it there.
  private let offsetRank: Int

  /// - Parameters:
  ///   - size: at most `count`.
  ///   - count: under 2³².
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

  /// How many members are below a number of 0 ... count.
  func rank(below number: Int) -> Int {
    let place = number + offset
    return place <= count
      ? strata.members(before: place) - offsetRank : size - offsetRank + strata.members(before: place - count)
  }

  /// The member with so many members below it.
  func member(at rank: Int) -> Int {
    (strata.member(of: (rank + offsetRank) % size) + count - offset) % count
  }

  /// The number that is no member, with so many of its kind below it.
  func other(at rank: Int) -> Int {
    firstIndex(below: count) { $0 + 1 - self.rank(below: $0 + 1) > rank }
  }
}

/// Strata of 0 ..< count, of each of which one number is drawn: stratum i begins at floor(i count / size).
private struct Strata: Sendable {
  let count: Int
  let size: Int
  let words: SplitWords

  /// The number that is drawn of a stratum.
  func member(of stratum: Int) -> Int {
    let first = start(of: stratum)
    return first + words.below(start(of: stratum + 1) - first, index: stratum, word: 0)
  }

  /// The stratum that a number is in: the last one that begins at most there.
  func stratum(at place: Int) -> Int { Int((UInt64(place + 1) * UInt64(size) - 1) / UInt64(count)) }

  /// How many members are before a place of 0 ... count.
  func members(before place: Int) -> Int {
    guard size > 0, place < count else { return size }
    let stratum = stratum(at: place)
    return stratum + (member(of: stratum) < place ? 1 : 0)
  }

  // Products are under 2^64, since both factors are under 2^32.
  private func start(of stratum: Int) -> Int { Int(UInt64(stratum) * UInt64(count) / UInt64(size)) }
}

/// The random words that draw one subset.
struct SplitWords: Sendable {
  let seed: UInt64
  let classIndex: Int
  /// Another subset for each, from 2: 0 is for orders, 1 for ``CircleSplit``.
  let level: UInt32

  /// A random number under `bound`, 0 for 0: the same for the same `index` and `word`.
  func below(_ bound: Int, index: Int, word: UInt32) -> Int {
    let purpose = NoisePurpose.order.rawValue << 24 | level
    let words = Philox4x32.block(counter: SIMD4(UInt32(index), UInt32(classIndex), purpose, word), key: seed)
    return Int((UInt64(words.x) << 32 | UInt64(words.y)).multipliedFullWidth(by: UInt64(bound)).high)
  }
}

/// The first index of 0 ..< end for which something holds that holds for all after it; `end` where there is none.
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
