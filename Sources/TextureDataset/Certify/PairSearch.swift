import Foundation

/// Tests that samples are independent of one another, using vectors of standard normal numbers.
struct PairSearch {
  /// The number of pairs of samples that have been compared.
  private(set) var compared = 0
  private(set) var tests: [CertificateTest] = []

  private let firstSample: Int
  private let threads: Int
  private let shouldContinue: @Sendable () -> Bool

  /// The maximum number of samples for comparing all pairs; with more, only neighbours in a few sort orders are
  /// compared, which include equal samples.
  static let maximumRows = 20_000
  /// Shorter vectors carry too little information.
  private static let minimumCount = 8

  init(firstSample: Int, threads: Int, shouldContinue: @escaping @Sendable () -> Bool) {
    self.firstSample = firstSample
    self.threads = threads
    self.shouldContinue = shouldContinue
  }

  /// Tests the lengths of the vectors (the samples' power) and of their sums (what samples have in common).
  ///
  /// - Parameters:
  ///   - vectors: not normalized.
  ///   - classCount: the number of classes; samples belong to them in turn.
  mutating func testLengths(_ vectors: SampleVectors, classCount: Int) {
    let count = vectors.count
    guard count >= Self.minimumCount else { return }
    let law = ChiSquared(degreesOfFreedom: Double(count))
    var (squares, rows) = (0.0, 0)
    var sums = [Double](repeating: 0, count: count)
    var classSums = [[Double]](repeating: classCount > 1 ? sums : [], count: classCount)
    var classRows = [Int](repeating: 0, count: classCount)
    for row in 0..<vectors.rows {
      let square = vectors.square(row)
      // Skip the row of a sample with non-finite pixels.
      guard square > 0 else { continue }
      let score = law.normalScore(square)
      (squares, rows) = (squares + score * score, rows + 1)
      let (index, values) = ((firstSample + row) % classCount, vectors.row(row))
      classRows[index] += 1
      for k in 0..<count { sums[k] += Double(values[k]) }
      if classCount > 1 { for k in 0..<count { classSums[index][k] += Double(values[k]) } }
    }
    guard rows > 1 else { return }
    let freedom = Double(rows)
    tests.append(
      CertificateTest(
        .power, "spread of the samples' powers", measured: squares / freedom, expected: 1,
        deviations: (squares - freedom) / (2 * freedom).squareRoot(),
        p: ChiSquared(degreesOfFreedom: freedom).twoSided(squares)))
    func addCommon(_ sums: [Double], _ rows: Int, classIndex: Int?) {
      guard rows > 1 else { return }
      let square = sums.reduce(0) { $0 + $1 * $1 } / Double(rows)
      let freedom = Double(count)
      tests.append(
        CertificateTest(
          .mean, "power of the mean texture", classIndex: classIndex, measured: square / freedom, expected: 1,
          deviations: (square - freedom) / (2 * freedom).squareRoot(), p: law.twoSided(square)))
    }
    addCommon(sums, rows, classIndex: nil)
    if classCount > 1 {
      for index in 0..<classCount { addCommon(classSums[index], classRows[index], classIndex: index) }
    }
  }

  /// Tests the strongest correlation of two samples.
  ///
  /// - Parameters:
  ///   - name: the name of the test.
  ///   - vectors: of length 1.
  ///   - other: the vectors of the second samples, if they differ.
  mutating func testPairs(_ name: String, _ vectors: SampleVectors, with other: SampleVectors? = nil)
    throws(DatasetError)
  {
    let count = vectors.count
    guard vectors.rows > 1, count >= Self.minimumCount else { return }
    let isWhole = vectors.rows <= Self.maximumRows
    let law = SphericalCorrelation(dimensions: isWhole ? count : count - 1)
    var pairs = vectors.rows * (vectors.rows - 1) / 2
    let threshold = Self.threshold(law, pairs: Double(pairs))
    let found: [SampleVectors.Pair]
    if isWhole {
      found = try vectors.strongest(
        with: other ?? vectors, threshold: threshold, threads: threads, shouldContinue: shouldContinue)
    } else {
      (found, pairs) = try vectors.strongestNeighbours(
        threshold: threshold, threads: threads, shouldContinue: shouldContinue)
    }
    compared = max(compared, pairs)
    for (place, pair) in found.enumerated() {
      let exact =
        isWhole ? vectors.correlation(pair.second, with: other ?? vectors, pair.first) : pair.correlation
      let p = CertificateTest.corrected(law.twoSided(exact), count: Double(pairs))
      // One test; if it fails, several of the strongest pairs are named.
      guard place == 0 || p < 1e-4 else { break }
      tests.append(
        CertificateTest(
          .samples, name, measured: exact, expected: 0, deviations: exact * Double(count).squareRoot(),
          pair: [firstSample + pair.first, firstSample + pair.second], p: p))
    }
  }

  /// The correlation that any of the pairs reaches with a probability of 1e-4.
  private static func threshold(_ law: SphericalCorrelation, pairs: Double) -> Double {
    var (low, high) = (0.0, 1.0)
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if law.twoSided(middle) * pairs > 1e-4 { low = middle } else { high = middle }
    }
    return high
  }
}
