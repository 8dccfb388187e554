import Testing

@testable import Experiments

@Suite struct StudentTTests {
  /// Quantiles from published tables of the distribution.
  @Test(arguments: [
    (1.0, 0.025, 12.706_204_736), (2, 0.025, 4.302_652_730), (4, 0.025, 2.776_445_105), (9, 0.025, 2.262_157_163),
    (30, 0.025, 2.042_272_456), (1000, 0.025, 1.962_339_081), (4, 0.05, 2.131_846_786), (4, 0.005, 4.604_094_871),
  ])
  func quantilesMatchTheTables(degreesOfFreedom: Double, probability: Double, expected: Double) {
    let t = StudentT(degreesOfFreedom: degreesOfFreedom)
    let found = t.quantile(above: probability)
    #expect(abs(found - expected) < 1e-8 * expected, "\(found)")
    #expect(abs(t.upperTail(found) - probability) < 1e-12)
    #expect(abs(t.upperTail(-found) - (1 - probability)) < 1e-12)
  }

  @Test func meansHaveTheirIntervals() throws {
    let mean = SeedMean([0.5, 0.6, 0.7, 0.8, 0.9])
    #expect(mean.count == 5 && abs(mean.mean - 0.7) < 1e-15)
    let halfWidth = try #require(mean.halfWidth)
    #expect(abs(halfWidth - 2.776_445_105 * (0.025 / 5).squareRoot()) < 1e-9)
    let single = SeedMean([0.25])
    #expect(single.mean == 0.25 && single.halfWidth == nil && single.low == nil)
  }
}
