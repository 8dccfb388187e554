import GaussianField

/// Sums over a class's open textures, represented by independent standard normal numbers.
struct WindowSums: Sendable {
  /// The lower triangle of the sum of y y^T.
  private(set) var squares: DenseMatrix
  /// Sums of third and fourth Hermite polynomials of all numbers.
  private var third = 0.0
  private var fourth = 0.0
  /// The sum of the estimated means, in their standard deviations.
  private var means = 0.0
  /// Sums of squared differences, for each lag.
  private var differences: [Double]
  private(set) var samples = 0
  var unusable = UnusableSamples()

  init(count: Int, lags: Int) {
    squares = DenseMatrix(rows: count, columns: count)
    differences = .init(repeating: 0, count: lags)
  }

  /// Adds a sample.
  ///
  /// - Parameters:
  ///   - numbers: the sample's numbers.
  ///   - constant: the numbers of a texture that is 1 everywhere.
  ///   - own: the sample's squared differences, for each lag.
  mutating func add(_ numbers: [Double], _ constant: [Double], _ own: [Double]) {
    squares.addSquare(numbers)
    var (product, norm) = (0.0, 0.0)
    for (y, one) in zip(numbers, constant) {
      let square = y * y
      third += y * (square - 3)
      fourth += square * (square - 6) + 3
      product += y * one
      norm += one * one
    }
    if norm > 0 { means += product / norm.squareRoot() }
    for k in differences.indices { differences[k] += own[k] }
    samples += 1
  }

  static func += (a: inout WindowSums, b: WindowSums) {
    a.squares += b.squares
    a.third += b.third
    a.fourth += b.fourth
    a.means += b.means
    for k in a.differences.indices { a.differences[k] += b.differences[k] }
    a.samples += b.samples
  }

  /// Sums of one class or of several.
  struct Pooled: Sendable {
    /// For each group of numbers: the sum of squares, and the number of terms.
    private var sums: [Double] = []
    private var freedom: [Double] = []
    private var third = 0.0
    private var fourth = 0.0
    private var numbers = 0.0
    private var means = 0.0
    private var samples = 0
    /// For each lag: the measured sum, the cumulants of its law, and the number of pairs of pixels; zero if rounding
    /// shows.
    private var lags: [(measured: Double, law: ThreeCumulants, pairs: Double)] = []

    mutating func add(_ own: WindowSums, _ laws: [QuadraticForm], rounding: Double, negligible: Double) {
      let count = own.squares.rows
      let samples = Double(own.samples)
      for (group, range) in WindowSums.groups(count).enumerated() {
        if sums.count <= group {
          sums.append(0)
          freedom.append(0)
        }
        for k in range { sums[group] += own.squares[k, k] }
        freedom[group] += Double(range.count) * samples
      }
      third += own.third
      fourth += own.fourth
      numbers += Double(count) * samples
      means += own.means
      self.samples += own.samples
      for (k, form) in laws.enumerated() {
        if lags.count <= k { lags.append((0, ThreeCumulants(mean: 0, variance: 0, third: 0), 0)) }
        // The contribution of rounding to the mean must not show in many samples.
        let places = form.traces.first / max(1e-300, form.meanSquare)
        guard 2 * rounding <= negligible * form.meanSquare else { continue }
        let law = form.law(times: 1, samples: own.samples)
        let before = lags[k].law
        lags[k] = (
          lags[k].measured + own.differences[k],
          ThreeCumulants(
            mean: before.mean + law.mean, variance: before.variance + law.variance, third: before.third + law.third),
          lags[k].pairs + places * samples
        )
      }
    }

    /// The minimum number of terms for a test of third and fourth moments.
    private static let minimumNumbers = 1000.0

    func tests(_ variogram: Variogram, classIndex: Int?) -> [CertificateTest] {
      var tests: [CertificateTest] = []
      let ranges = WindowSums.groups(Int.max)
      for (group, sum) in sums.enumerated() where freedom[group] > 0 {
        let range = ranges[group]
        let name =
          range.count == 1
          ? "combination \(range.lowerBound) of pixels"
          : "combinations \(range.lowerBound) to \(range.upperBound - 1) of pixels, coarse to fine"
        tests.append(.power(name, classIndex: classIndex, sum: sum, freedom: freedom[group]))
      }
      for (lag, own) in zip(variogram.lags, lags) where own.pairs > 0 {
        tests.append(
          CertificateTest(
            .variogram, lag.name, classIndex: classIndex, measured: own.measured / (2 * own.pairs),
            expected: own.law.mean / (2 * own.pairs), deviations: own.law.deviations(own.measured),
            p: own.law.twoSided(own.measured)))
      }
      if samples > 0 {
        tests.append(.mean(classIndex: classIndex, sum: means, samples: samples))
      }
      if numbers >= Self.minimumNumbers {
        for (name, sum, variance, skew) in [
          ("third", third, 6.0, 0.0), ("fourth", fourth, 24.0, 1728.0),
        ] {
          let law = ThreeCumulants(mean: 0, variance: variance * numbers, third: skew * numbers)
          tests.append(
            CertificateTest(
              .gaussianity, "\(name) cumulant of combinations of pixels", classIndex: classIndex,
              measured: sum / numbers, expected: 0, deviations: law.deviations(sum), p: law.twoSided(sum)))
        }
      }
      return tests
    }
  }

  /// Groups of numbers, from the coarsest on: 1, 1, 2, 4, 8 and so on.
  static func groups(_ count: Int) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var first = 0
    while first < count, groups.count < 40 {
      let next = min(count, first == 0 ? 1 : 2 * first)
      groups.append(first..<next)
      first = next
    }
    return groups
  }
}
