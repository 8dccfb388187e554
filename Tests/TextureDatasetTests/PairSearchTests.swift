import GaussianField
import Testing

@testable import TextureDataset

/// Correlations among many vectors, with a fixed seed.
@Suite struct PairSearchTests {
  /// Vectors of normal numbers.
  private static func vectors(rows: Int, count: Int) throws -> SampleVectors {
    let vectors = try SampleVectors(rows: rows, count: count)
    var state: UInt64 = 99
    for row in 0..<rows {
      for k in 0..<count {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        vectors.row(row)[k] = Float(Normal.quantile((Double(state >> 33) + 0.5) / 0x1p31))
      }
    }
    return vectors
  }

  private static func search() -> PairSearch { PairSearch(firstSample: 100, threads: 2, shouldContinue: { true }) }

  @Test(arguments: [(2, 8), (67, 40), (130, 33)])
  func strongestPairMatchesABruteForceSearch(rows: Int, count: Int) throws {
    let vectors = try Self.vectors(rows: rows, count: count)
    vectors.normalize()
    var (strongest, pair) = (0.0, (0, 0))
    for a in 0..<rows {
      for b in a + 1..<max(a + 1, rows) {
        let correlation = abs(vectors.correlation(a, with: vectors, b))
        if correlation > strongest { (strongest, pair) = (correlation, (a, b)) }
      }
    }
    let found = try vectors.strongest(with: vectors, threshold: 0.9, threads: 2, shouldContinue: { true })
    #expect(found.count == 1 && found[0].first == pair.0 && found[0].second == pair.1)
    var search = Self.search()
    try search.testPairs("pairs", vectors)
    #expect(search.compared == rows * (rows - 1) / 2)
    let test = try #require(search.tests.first)
    #expect(test.pair == [100 + pair.0, 100 + pair.1] && abs(abs(test.measured) - strongest) < 1e-12 && test.p > 0.001)
  }

  @Test func allEqualPairsAreNamed() throws {
    let vectors = try Self.vectors(rows: 300, count: 48)
    for k in 0..<48 {
      vectors.row(290)[k] = vectors.row(3)[k]
      vectors.row(77)[k] = -vectors.row(76)[k]
    }
    vectors.normalize()
    var search = Self.search()
    try search.testPairs("pairs", vectors)
    #expect(Set(search.tests.compactMap(\.pair)) == [[103, 390], [176, 177]])
    #expect(search.tests.allSatisfy { $0.p < 1e-20 })
    // The comparison of neighbours in four orders also finds them, except the negated one.
    let (pairs, compared) = try vectors.strongestNeighbours(threshold: 0.9, threads: 2, shouldContinue: { true })
    #expect(pairs.count == 1 && pairs[0].first == 3 && pairs[0].second == 290 && compared == 4 * 300 * 16)
  }

  @Test func commonComponentAndSpreadAreTested() throws {
    let vectors = try Self.vectors(rows: 60, count: 48)
    var search = Self.search()
    search.testLengths(vectors, classCount: 2)
    #expect(search.tests.map(\.kind) == [.power, .mean, .mean, .mean])
    #expect(search.tests.allSatisfy { $0.p > 0.001 })
    for row in 0..<60 { for k in 0..<48 { vectors.row(row)[k] += Float(k % 3) / 2 } }
    search = Self.search()
    search.testLengths(vectors, classCount: 2)
    #expect(search.tests.filter { $0.kind == .mean }.allSatisfy { $0.p < 1e-6 })
  }
}
