import Foundation
import Testing

@testable import TextureDataset

/// Tail probabilities compared with SciPy 1.10's `gammainc`, `gammaincc`, `betainc` and `ndtri`.
@Suite struct CertificateDistributionTests {
  @Test(arguments: [
    (0.5, 0.1, 0.34527915398142317, 0.6547208460185768),
    (0.5, 30, 0.9999999999999906, 9.485737571073857e-15),
    (3, 0.01, 1.6542165280748778e-07, 0.9999998345783472),
    (3, 2.5, 0.45618688411667035, 0.5438131158833297),
    (50, 20, 1.2458926079719434e-08, 0.9999999875410739),
    (50, 110, 0.9999999999472253, 5.277468584827059e-11),
    (5000, 4700, 7.597064861941285e-06, 0.9999924029351381),
    (5000, 5500, 0.9999999999963817, 3.6183295580964682e-12),
    (10000, 10000, 0.5013298083399552, 0.4986701916600448),
    (20000, 19000, 3.2368746436185876e-13, 0.9999999999996763),
    (20000, 21500, 1.0, 1.9899238352785088e-25),
    (1_000_000, 1_005_000, 0.999999701250986, 2.987490140114635e-07),
    (500_000_000, 499_900_000, 3.8669808947895075e-06, 0.9999961330191052),
    (10000, 20000, 1.0, 0.0),
  ])
  func gammaTailsMatchSciPy(a: Double, x: Double, lower: Double, upper: Double) {
    let tails = IncompleteGamma.tails(a, x)
    #expect(abs(tails.lower - lower) <= 1e-8 * lower)
    #expect(abs(tails.upper - upper) <= 1e-8 * upper + 1e-300)
  }

  @Test(arguments: [
    (8, 0.1, 0.7979716952348509), (8, 0.95, 8.762523965086239e-05), (64, 0.5, 2.2275204391918737e-05),
    (2048, 0.02, 0.36554185124494365), (2048, 0.1, 5.754958361983656e-06), (2048, 0.2, 6.236760520311885e-20),
    (512, 0.0, 1.0), (2048, 0.5, 4.6981580415917575e-130),
  ])
  func correlationTailsMatchSciPy(dimensions: Int, correlation: Double, p: Double) {
    let law = SphericalCorrelation(dimensions: dimensions)
    #expect(abs(law.twoSided(correlation) - p) <= 1e-9 * p)
    #expect(law.twoSided(-correlation) == law.twoSided(correlation))
    #expect(law.twoSided(1) == 0)
  }

  @Test(arguments: [
    (1e-300, -37.0470962993612), (1e-20, -9.262340089798409), (1e-05, -4.264890793922825), (0.02, -2.053748910631823),
    (0.3, -0.5244005127080409), (0.5, 0.0), (0.9, 1.2815515655446004), (0.9999999999, 6.361340889697422),
  ])
  func normalQuantilesMatchSciPy(p: Double, quantile: Double) {
    #expect(abs(Normal.quantile(p) - quantile) <= 1e-8 * max(1, abs(quantile)))
  }

  /// The three cumulants of a chi-squared variable reproduce its distribution; those of its negative mirror it.
  @Test(arguments: [(20.0, 50.0), (300, 200), (5000, 5400)])
  func threeCumulantsOfChiSquaredAreExact(freedom: Double, value: Double) {
    let exact = ChiSquared(degreesOfFreedom: freedom).tails(value)
    let law = ThreeCumulants(mean: freedom, variance: 2 * freedom, third: 8 * freedom).tails(value)
    #expect(abs(law.lower - exact.lower) <= 1e-9 * exact.lower)
    #expect(abs(law.upper - exact.upper) <= 1e-9 * exact.upper)
    let mirrored = ThreeCumulants(mean: -freedom, variance: 2 * freedom, third: -8 * freedom).tails(-value)
    #expect(abs(mirrored.lower - exact.upper) <= 1e-9 * exact.upper)
  }

  @Test func correctionForManyTestsIsSidak() {
    let five: Double = 1 - pow(0.99, 5)
    #expect(abs(CertificateTest.corrected(0.01, count: 5) - five) < 1e-15)
    #expect(abs(CertificateTest.corrected(1e-20, count: 1e6) - 1e-14) < 1e-22)
    #expect(CertificateTest.corrected(1, count: 3) == 1 && CertificateTest.corrected(0, count: 3) == 0)
    let values: [(CertificateTest.Kind, Double)] = [(.power, 0.004), (.power, 0.5), (.mean, 0.9)]
    let tests = values.map { CertificateTest($0.0, "a test", measured: 1, expected: 1, p: $0.1) }
    let four: Double = 1 - pow(0.996, 4)
    let combined = CombinedTests(tests)
    #expect(abs(combined.p - four) < 1e-15)
    #expect(combined.kinds.map(\.tests) == [2, 1])
    #expect(combined.failures(at: 0.02).map(\.p) == [0.004])
  }
}
