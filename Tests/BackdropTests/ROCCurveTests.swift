import Testing

@testable import Backdrop

@Suite struct ROCCurveTests {
  /// Scores with ties, like those of a network with few distinct outputs.
  private static func scores(_ count: Int, seed: UInt64) -> (scores: [Float], positives: [Bool]) {
    var state = seed
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    let positives = (0..<count).map { $0 == 0 || ($0 != 1 && next() % 2 == 0) }
    return (positives.map { Float(next() % 7) + ($0 ? 2 : 0) }, positives)
  }

  /// The rank statistic counts pairs, the curve adds trapezoids.
  @Test(arguments: 1...20) func areaIsTheRankStatistic(seed: UInt64) throws {
    let (scores, positives) = Self.scores(50, seed: seed)
    let curve = try #require(ROCCurve(scores: scores.map(Double.init), positives: positives))
    let area = try #require(areaUnderROC(scores: scores, positives: positives))
    #expect(abs(curve.area - area) < 1e-12)
    #expect(curve.points.first == ROCCurve.Point(falsePositiveRate: 0, truePositiveRate: 0))
    #expect(curve.points.last == ROCCurve.Point(falsePositiveRate: 1, truePositiveRate: 1))
    for (a, b) in zip(curve.points, curve.points.dropFirst()) {
      #expect(a.falsePositiveRate <= b.falsePositiveRate && a.truePositiveRate <= b.truePositiveRate)
    }
  }

  @Test func rateIsInterpolated() throws {
    // Of two negatives, one is tied with one of two positives.
    let curve = try #require(ROCCurve(scores: [3, 2, 2, 1], positives: [true, true, false, false]))
    #expect(curve.points.map(\.falsePositiveRate) == [0, 0, 0.5, 1])
    #expect(curve.points.map(\.truePositiveRate) == [0, 0.5, 1, 1])
    #expect(curve.truePositiveRate(at: 0) == 0.5 && curve.truePositiveRate(at: 0.25) == 0.75)
    #expect(curve.truePositiveRate(at: 1) == 1 && curve.area == 0.875)
  }

  @Test func curveOfOneClassIsUndefined() {
    #expect(ROCCurve(scores: [1, 2], positives: [true, true]) == nil)
    #expect(ROCCurve(scores: [1, .nan], positives: [true, false]) == nil)
    #expect(ROCCurve(scores: [], positives: []) == nil)
  }
}
