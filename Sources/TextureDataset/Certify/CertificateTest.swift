import Foundation

/// The test of one statistic of a dataset against the recipe.
public struct CertificateTest: Encodable, Sendable {
  /// The subject of a test. Tests of a kind share one part of the false-alarm rate.
  public enum Kind: String, CaseIterable, Encodable, Sendable {
    /// Every pixel is a finite number.
    case finite
    /// The power of modes; for open windows, of independent combinations of pixels.
    case power
    /// Length scales, and variances of scales.
    case parameters
    /// For open windows: the mean square difference of two pixels.
    case variogram
    /// The mean of each texture, and the mean of all textures.
    case mean
    /// Third and fourth moments.
    case gaussianity
    /// Whether samples are independent of one another.
    case samples
    /// Whether a texture's scales are independent of one another.
    case scales
  }

  /// The kind.
  public let kind: Kind
  /// The name of the statistic.
  public let name: String
  /// The class; nil if all classes are pooled.
  public let classIndex: Int?
  /// The measured value.
  public let measured: Double
  /// The expected value.
  public let expected: Double
  /// The difference in standard deviations, where that is defined.
  public let deviations: Double?
  /// The two samples of a correlation.
  public let pair: [Int]?
  /// The first affected sample; nil for tests of all samples.
  public let firstSample: Int?
  /// The p-value: the probability, under the recipe, of a result at least as extreme.
  public let p: Double

  init(
    _ kind: Kind, _ name: String, classIndex: Int? = nil, measured: Double, expected: Double, deviations: Double? = nil,
    pair: [Int]? = nil, firstSample: Int? = nil, p: Double
  ) {
    // JSON has no NaN and no infinities.
    func finite(_ value: Double) -> Double {
      value.isNaN ? 0 : max(-Double.greatestFiniteMagnitude, min(value, .greatestFiniteMagnitude))
    }
    self.kind = kind
    self.name = name
    self.classIndex = classIndex
    self.measured = finite(measured)
    self.expected = finite(expected)
    self.deviations = deviations.map(finite)
    self.pair = pair
    self.firstSample = firstSample
    self.p = p.isNaN ? 0 : max(0, min(p, 1))
  }

  /// The test of a sum of squares of independent standard normal numbers.
  ///
  /// - Parameter freedom: the number of squares.
  static func power(_ name: String, classIndex: Int?, sum: Double, freedom: Double) -> CertificateTest {
    CertificateTest(
      .power, name, classIndex: classIndex, measured: sum / freedom, expected: 1,
      deviations: (sum - freedom) / (2 * freedom).squareRoot(), p: ChiSquared(degreesOfFreedom: freedom).twoSided(sum))
  }

  /// The test of the mean of independent standard normal numbers, one for each sample.
  static func mean(classIndex: Int?, sum: Double, samples: Int) -> CertificateTest {
    let deviations = sum / Double(samples).squareRoot()
    return CertificateTest(
      .mean, "mean, in its standard deviations of one texture", classIndex: classIndex, measured: sum / Double(samples),
      expected: 0, deviations: deviations, p: Normal.twoSided(deviations))
  }

  /// The probability that the minimum of `count` independent p-values is at most p: Šidák's correction.
  static func corrected(_ p: Double, count: Double) -> Double {
    p < 1 ? min(1, -expm1(count * log1p(-p))) : 1
  }
}

/// All tests of a kind.
public struct CertificateKind: Encodable, Sendable {
  /// The kind.
  public let kind: CertificateTest.Kind
  /// The number of tests.
  public let tests: Int
  /// The minimum p-value, corrected for the number of tests.
  public let p: Double
}

/// Tests with their combined p-value.
struct CombinedTests {
  let tests: [CertificateTest]
  let kinds: [CertificateKind]
  /// The combined p-value: the minimum of the kinds', corrected for their number.
  let p: Double

  init(_ tests: [CertificateTest]) {
    self.tests = tests
    kinds = CertificateTest.Kind.allCases.compactMap { kind in
      let own = tests.filter { $0.kind == kind }
      guard let minimum = own.map(\.p).min() else { return nil }
      return CertificateKind(
        kind: kind, tests: own.count, p: CertificateTest.corrected(minimum, count: Double(own.count)))
    }
    // The finiteness of pixels is not random, so it takes no part of the false-alarm rate.
    let chance = kinds.filter { $0.kind != .finite }
    let certain = kinds.first { $0.kind == .finite }?.p ?? 1
    p = min(certain, CertificateTest.corrected(chance.map(\.p).min() ?? 1, count: Double(chance.count)))
  }

  /// A test's p-value, corrected for all tests of all kinds.
  func corrected(_ test: CertificateTest) -> Double {
    guard test.kind != .finite, let kind = kinds.first(where: { $0.kind == test.kind }) else { return test.p }
    let own = CertificateTest.corrected(test.p, count: Double(kind.tests))
    return CertificateTest.corrected(own, count: Double(kinds.count { $0.kind != .finite }))
  }

  /// The tests that fail individually: first non-finite pixels, then the others, the least likely first.
  func failures(at level: Double) -> [CertificateTest] {
    tests.filter { corrected($0) < level }.sorted {
      ($0.kind == .finite ? 0 : 1, $0.p, -($0.deviations ?? 0).magnitude)
        < ($1.kind == .finite ? 0 : 1, $1.p, -($1.deviations ?? 0).magnitude)
    }
  }
}
