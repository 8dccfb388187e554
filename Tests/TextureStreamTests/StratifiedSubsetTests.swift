import Testing

@testable import TextureStream

@Suite struct StratifiedSubsetTests {
  private func subset(_ size: Int, of count: Int, seed: UInt64 = 1) -> StratifiedSubset {
    StratifiedSubset(size, of: count, words: SplitWords(seed: seed, classIndex: 0, level: 2))
  }

  @Test(arguments: [0, 1, 2, 3, 10, 17, 64, 101])
  func membersAndNonMembersAreFoundByRank(count: Int) {
    for size in 0...count {
      let subset = subset(size, of: count, seed: UInt64(size))
      let members = (0..<count).filter { subset.contains($0) }
      #expect(members.count == size)
      #expect((0..<size).map { subset.member(at: $0) } == members)
      #expect((0..<count - size).map { subset.other(at: $0) } == (0..<count).filter { !members.contains($0) })
      #expect((0...count).map { subset.rank(below: $0) } == (0...count).map { end in members.count { $0 < end } })
    }
  }

  @Test(arguments: [1, 1 << 31, 1 << 32 - 1])
  func maximumCountsDoNotOverflow(size: Int) {
    let count = 1 << 32 - 1
    let subset = subset(size, of: count)
    #expect(subset.rank(below: count) == size)
    for rank in [0, size / 2, size - 1] {
      let member = subset.member(at: rank)
      #expect((0..<count).contains(member) && subset.contains(member) && subset.rank(below: member) == rank)
    }
  }

  /// Over 3,000 seeds, each of 10 numbers is one of 4 members 1,200 times, within 5 standard deviations (5 x 26.8): a
  /// false alarm once in 170,000 choices of seeds; the seeds are fixed.
  @Test func everyNumberIsEquallyLikely() {
    var counts = [Int](repeating: 0, count: 10)
    for seed in 0..<3000 {
      let subset = subset(4, of: 10, seed: UInt64(seed))
      for number in 0..<10 where subset.contains(number) { counts[number] += 1 }
    }
    #expect(counts.allSatisfy { abs($0 - 1200) < 134 }, "\(counts)")
  }
}
