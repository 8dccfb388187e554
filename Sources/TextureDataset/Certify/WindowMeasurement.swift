import Foundation
import GaussianField
import Synchronization

/// Measures open textures by turning some pixels of each into independent standard normal numbers.
final class WindowMeasurement: Sendable {
  /// The results.
  struct Findings {
    var tests: [CertificateTest] = []
    var fits: [ParameterFit] = []
    var unusable = UnusableSamples()
    /// The number of independent numbers of a texture that every class has.
    var measured = 0
    var comparedSamples = 0
    var comparedPairs = 0
    var checksums: [UInt32] = []
  }

  private let fields: CertifiedFields
  private let points: WindowPoints
  private let variogram: Variogram
  private let rounding: [Double]
  private let negligible: Double
  private let state: Mutex<State>

  private struct State {
    var classes: [Int: OpenClass] = [:]
    var checksums: [UInt32]
    var unusable = UnusableSamples()
  }

  private struct OpenClass {
    let whitening: WindowWhitening
    var sums: WindowSums
    var remaining: Int
  }

  /// The maximum number of points in a class's covariance matrix, and of multiplications for all classes.
  private static let maximumPoints = 700
  private static let maximumWork = 4e10
  /// The maximum number of positions in a variogram.
  private static let maximumPlaces = 256
  /// The maximum number of compared samples, and of elements in all their vectors.
  private static let maximumVectors = 1 << 20
  private static let maximumNumbers = 1 << 26
  /// The fraction of the variance that the band limit of gpgen's own textures may drop: four times its bound.
  private static let dropped = 4 * BandLimit.tolerance

  init(
    _ fields: CertifiedFields, threads: Int, shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) {
    self.fields = fields
    let model = fields.model
    let work = Self.maximumWork / Double(fields.recipe.classCount)
    let maximum = max(48, min(Self.maximumPoints, Int(pow(work, 1 / 3.0))))
    points = WindowPoints(model.shape, maximum: maximum)
    variogram = Variogram(model.shape, maximum: fields.recipe.classCount > 16 ? 64 : Self.maximumPlaces)
    rounding = fields.classes.map { choices in
      let variance = model.variance(choices: choices)
      let dropped = fields.isBandLimited ? Self.dropped * variance : 0
      return fields.precision.roundingVariance(ofVariance: variance, model.transform) + dropped
    }
    let freedom = Double(maximum) * Double(fields.textures.samples.count)
    negligible = min(1e-3, 0.05 * (2 / freedom).squareRoot())
    state = Mutex(State(checksums: .init(repeating: 0, count: fields.textures.samples.count)))
  }

  private func covariance(ofClass index: Int) -> LagCovariance {
    LagCovariance(fields.model, zip(fields.model.scales, fields.classes[index]).map { $0.candidates[$1] })
  }

  /// Reads all samples and tests them.
  func run(
    threads: Int, shouldContinue: @escaping @Sendable () -> Bool, progress: SweepProgress
  ) throws(DatasetError) -> Findings {
    let samples = fields.textures.samples
    let rows = min(samples.count, Self.maximumVectors)
    let length = max(16, min(points.places.count, Self.maximumNumbers / (points.mirrorings * rows)))
    var vectors: [SampleVectors] = []
    for _ in 0..<points.mirrorings { vectors.append(try SampleVectors(rows: rows, count: length)) }
    let mirrored = vectors
    let portions = fields.portions(threads: threads)
    struct Done {
      var own: [Int: [CertificateTest]] = [:]
      var pooled = WindowSums.Pooled()
      var scores: [WindowScores] = []
      var minimumCount = Int.max
    }
    let done = Mutex(Done())
    try inParallel(portions.count, workers: min(threads, portions.count), shouldContinue: shouldContinue) {
      () throws(DatasetError) in
      let worker = try Worker(self, vectors: mirrored)
      return { [self] index throws(DatasetError) in
        let portion = portions[index]
        let whitening = open(portion.classIndex)
        let sums = try worker.measure(portion, whitening, shouldContinue: shouldContinue, progress: progress)
        guard let whole = close(portion, sums, worker.checksums) else { return }
        let own = covariance(ofClass: portion.classIndex)
        let laws = variogram.lags.map { Variogram.form($0, own) }
        let score = WindowScores(
          whole, whitening, points, fields.model, choices: fields.classes[portion.classIndex],
          rounding: rounding[portion.classIndex])
        done.withLock { done in
          done.pooled.add(whole, laws, rounding: rounding[portion.classIndex], negligible: negligible)
          if fields.recipe.classCount > 1 {
            var alone = WindowSums.Pooled()
            alone.add(whole, laws, rounding: rounding[portion.classIndex], negligible: negligible)
            done.own[portion.classIndex] = alone.tests(variogram, classIndex: portion.classIndex)
          }
          done.scores.append(score)
          done.minimumCount = min(done.minimumCount, whitening.count)
        }
      }
    }
    let found = done.withLock { $0 }
    var findings = Findings()
    (findings.checksums, findings.unusable) = state.withLock { ($0.checksums, $0.unusable) }
    findings.tests = found.pooled.tests(variogram, classIndex: nil)
    for (_, tests) in found.own.sorted(by: { $0.key < $1.key }) { findings.tests += tests }
    findings.fits = WindowScores.fits(found.scores, fields.model)
    findings.tests += findings.fits.map(\.test)
    findings.measured = found.minimumCount
    try compare(
      vectors, length: min(length, found.minimumCount), &findings, threads: threads, shouldContinue: shouldContinue)
    return findings
  }

  private func compare(
    _ vectors: [SampleVectors], length: Int, _ findings: inout Findings, threads: Int,
    shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) {
    var search = PairSearch(
      firstSample: fields.textures.samples.lowerBound, threads: threads, shouldContinue: shouldContinue)
    // Keep the numbers that every class has.
    for vector in vectors { vector.truncate(to: length) }
    search.testLengths(vectors[0], classCount: fields.recipe.classCount)
    for vector in vectors { vector.normalize() }
    try search.testPairs("correlation of two samples", vectors[0])
    let isWhole = vectors[0].rows <= PairSearch.maximumRows
    for bits in 1..<vectors.count where isWhole {
      let axes = fields.model.shape.axes.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element)
      try search.testPairs(
        "correlation of two samples, one mirrored along \(axes.joined(separator: ", "))", vectors[0],
        with: vectors[bits])
    }
    findings.tests += search.tests
    (findings.comparedSamples, findings.comparedPairs) = (vectors[0].rows, search.compared)
  }

  private func open(_ index: Int) -> WindowWhitening {
    state.withLock { state in
      if let open = state.classes[index] { return open.whitening }
      let whitening = WindowWhitening(
        points, covariance(ofClass: index), rounding: rounding[index], negligible: negligible)
      state.classes[index] = OpenClass(
        whitening: whitening, sums: WindowSums(count: whitening.count, lags: variogram.lags.count),
        remaining: fields.count(ofClass: index))
      return whitening
    }
  }

  private func close(
    _ portion: CertifiedFields.Portion, _ sums: WindowSums, _ checksums: [(sample: Int, checksum: UInt32)]
  ) -> WindowSums? {
    state.withLock { state in
      for (sample, checksum) in checksums {
        state.checksums[sample - fields.textures.samples.lowerBound] = checksum
      }
      state.unusable += sums.unusable
      guard var open = state.classes.removeValue(forKey: portion.classIndex) else { return nil }
      open.sums += sums
      open.remaining -= portion.places.count
      if open.remaining == 0 { return open.sums }
      state.classes[portion.classIndex] = open
      return nil
    }
  }

  /// One thread's memory.
  private final class Worker {
    private let measurement: WindowMeasurement
    private let vectors: [SampleVectors]
    private let pixels: AlignedBuffer<Float>
    private let reading: Textures.Workspace
    /// The checksums of the last portion's samples.
    private(set) var checksums: [(sample: Int, checksum: UInt32)] = []

    init(_ measurement: WindowMeasurement, vectors: [SampleVectors]) throws(DatasetError) {
      self.measurement = measurement
      self.vectors = vectors
      let fields = measurement.fields
      let pixels = try allocating { () throws(AllocationError) in
        try AlignedBuffer<Float>(count: fields.textures.pixels)
      }
      let reading = try Textures.Workspace(for: fields.textures)
      self.pixels = pixels
      self.reading = reading
    }

    func measure(
      _ portion: CertifiedFields.Portion, _ whitening: WindowWhitening, shouldContinue: @Sendable () -> Bool,
      progress: SweepProgress
    ) throws(DatasetError) -> WindowSums {
      let (fields, points) = (measurement.fields, measurement.points)
      let offsets = (0..<points.mirrorings).map { points.offsets(whitening.chosen, mirrored: $0) }
      var sums = WindowSums(count: whitening.count, lags: measurement.variogram.lags.count)
      var chosen = [Double](repeating: 0, count: whitening.chosen.count)
      var numbers = [Double](repeating: 0, count: whitening.count)
      // The whitened constant 1, which shows the mean.
      let ones = [Double](repeating: 1, count: chosen.count)
      var constant = numbers
      whitening.apply(ones, into: &constant)
      checksums = []
      for place in portion.places {
        guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
        let sample = fields.sample(place, ofClass: portion.classIndex)
        let row = sample - fields.textures.samples.lowerBound
        checksums.append((sample, try fields.textures.read(sample: sample, into: pixels.pointer, in: reading)))
        fields.undoTransform(pixels.pointer, count: fields.textures.pixels)
        progress.add(samples: 1, bytes: fields.textures.bytesPerSample)
        guard isFinite else {
          sums.unusable.add(sample)
          continue
        }
        for (mirroring, places) in offsets.enumerated() where mirroring == 0 || row < vectors[0].rows {
          for (k, offset) in places.enumerated() { chosen[k] = Double(pixels.pointer[offset]) }
          whitening.apply(chosen, into: &numbers)
          if mirroring == 0 { sums.add(numbers, constant, measurement.variogram.sums(pixels.pointer)) }
          guard row < vectors[0].rows else { continue }
          let target = vectors[mirroring].row(row)
          for k in 0..<min(vectors[mirroring].count, numbers.count) { target[k] = Float(numbers[k]) }
        }
      }
      return sums
    }

    /// Whether all pixels are finite numbers.
    private var isFinite: Bool {
      var maximum: UInt32 = 0
      let count = pixels.count
      for k in 0..<count { maximum = max(maximum, pixels.pointer[k].bitPattern & 0x7FFF_FFFF) }
      return maximum < Float.infinity.bitPattern
    }
  }
}
