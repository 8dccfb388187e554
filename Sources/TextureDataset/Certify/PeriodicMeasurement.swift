import CSpectralKernels
import Foundation
import GaussianField
import Synchronization

/// Measures periodic textures, reading and transforming every sample once.
final class PeriodicMeasurement: Sendable {
  let fields: CertifiedFields
  let modes: MeasuredModes
  /// Nil if textures are too large.
  let whitened: WhitenedFields?
  let sketch: ModeSketch
  /// The vectors of the first samples; see ``ModeSketch``.
  let coefficients: SampleVectors
  let powers: SampleVectors
  /// The number of samples, from the first on, of which more than the powers is examined.
  let examinedCount: Int
  private let transform: ModeTransform
  private let state: Mutex<State>

  private struct State {
    var classes: [Int: OpenClass] = [:]
    var moments: FieldMoments?
    var checksums: [UInt32]
  }

  /// A class that has been measured in part.
  private struct OpenClass {
    let weights: ClassWeights
    var powers: ClassPowers
    var remaining: Int
  }

  /// The maximum number of pixels of all examined samples, and of a texture for it to be examined.
  private static let examinedPixels = 1 << 26
  private static let maximumExaminedSize = 1 << 24
  /// The maximum number of samples whose correlations are tested, and of elements in all their vectors.
  private static let maximumVectors = 1 << 20
  private static let maximumNumbers = 1 << 26

  /// - Throws: ``DatasetError`` if a covariance has no spectrum, or with code `.memory` or `.interrupted`.
  init(
    _ fields: CertifiedFields, threads: Int, shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) {
    self.fields = fields
    try Self.refuseMuchMemory(fields, threads: threads)
    modes = try MeasuredModes(fields, threads: threads, shouldContinue: shouldContinue)
    let (samples, pixels) = (fields.textures.samples.count, fields.textures.pixels)
    examinedCount = pixels > Self.maximumExaminedSize ? 0 : min(samples, max(1, Self.examinedPixels / pixels))
    whitened = examinedCount > 0 ? try WhitenedFields(modes, samples: examinedCount) : nil
    let rows = min(samples, Self.maximumVectors)
    sketch = ModeSketch(modes, maximum: max(64, Self.maximumNumbers / (3 * rows)))
    coefficients = try SampleVectors(rows: rows, count: sketch.coefficientCount)
    powers = try SampleVectors(rows: rows, count: sketch.powerCount)
    transform = try allocating { [fields] () throws(AllocationError) in try ModeTransform(fields.model.shape) }
    state = Mutex(
      State(moments: whitened.map { FieldMoments($0) }, checksums: .init(repeating: 0, count: samples)))
  }

  /// Bytes for each mode: shared by all classes, and for each thread.
  private static let commonBytes = 60
  private static let threadBytes = 50

  private static func refuseMuchMemory(_ fields: CertifiedFields, threads: Int) throws(DatasetError) {
    // Half of the modes are stored, since opposite ones are conjugate.
    let modes = fields.textures.pixels / 2 + 1
    try MemoryLimit.current.refuse(
      modes * (commonBytes + min(threads, fields.textures.samples.count) * threadBytes),
      for: "certifying textures of \(fields.model.shape) pixels", choose: "fewer --threads")
  }

  /// The CRC-32C of every sample.
  var checksums: [UInt32] { state.withLock { $0.checksums } }
  /// The moments of the examined samples' whitened fields.
  var moments: FieldMoments? { state.withLock { $0.moments } }

  /// Reads and transforms all samples.
  ///
  /// - Parameters:
  ///   - finishClass: called with each class when all its samples have been measured, on any thread, one call at a
  ///     time; with each sample if every sample has its own parameters.
  ///   - progress: counts the samples measured.
  func run(
    threads: Int, shouldContinue: @escaping @Sendable () -> Bool, progress: SweepProgress,
    finishClass: @escaping @Sendable (_ index: Int, _ weights: ClassWeights, _ powers: ClassPowers) -> Void
  ) throws(DatasetError) {
    let portions = fields.portions(threads: threads)
    let finishing = Mutex<Void>(())
    try inParallel(portions.count, workers: min(threads, portions.count), shouldContinue: shouldContinue) {
      () throws(DatasetError) in
      let worker = try Worker(self)
      return { [self] index throws(DatasetError) in
        let portion = portions[index]
        let weights = try open(portion)
        let powers = try worker.measure(portion, weights, shouldContinue: shouldContinue, progress: progress)
        if let done = close(portion, weights, powers, worker) {
          finishing.withLock { _ in finishClass(portion.classIndex, done.weights, done.powers) }
        }
      }
    }
  }

  /// The weights of a portion's class, or of its only sample.
  private func open(_ portion: CertifiedFields.Portion) throws(DatasetError) -> ClassWeights {
    let index = portion.classIndex
    if fields.model.hasRanges {
      let sample = fields.sample(portion.places.lowerBound, ofClass: index)
      let spectra = try rethrowingFieldErrors { () throws(FieldError) in
        let model = try fields.model(ofSample: sample)
        return try ClassSpectra(
          model, classes: [model.scales.map { _ in 0 }], precision: fields.precision, negligible: modes.negligible,
          isBandLimited: fields.isBandLimited)
      }
      return ClassWeights(modes, spectra, classIndex: 0)
    }
    return state.withLock { state in
      if let open = state.classes[index] { return open.weights }
      let weights = ClassWeights(modes, modes.spectra, classIndex: index)
      state.classes[index] = OpenClass(
        weights: weights, powers: ClassPowers(modes), remaining: fields.count(ofClass: index))
      return weights
    }
  }

  /// Adds a portion's powers to its class.
  ///
  /// - Returns: the class, if it has been measured completely.
  private func close(
    _ portion: CertifiedFields.Portion, _ weights: ClassWeights, _ powers: ClassPowers, _ worker: Worker
  ) -> (weights: ClassWeights, powers: ClassPowers)? {
    state.withLock { state in
      for (sample, checksum) in worker.checksums {
        state.checksums[sample - fields.textures.samples.lowerBound] = checksum
      }
      if let now = worker.takeMoments() { state.moments? += now }
      if fields.model.hasRanges { return (weights, powers) }
      guard var open = state.classes.removeValue(forKey: portion.classIndex) else { return nil }
      open.powers += powers
      open.remaining -= portion.places.count
      if open.remaining == 0 { return (open.weights, open.powers) }
      state.classes[portion.classIndex] = open
      return nil
    }
  }

  /// One thread's memory.
  private final class Worker {
    private let measurement: PeriodicMeasurement
    private let pixels: AlignedBuffer<Float>
    private let reading: Textures.Workspace
    private let transforming: ModeTransform.Workspace
    private let sums: AlignedBuffer<Float>
    private let boundSums: AlignedBuffer<Float>
    private let accumulator: FieldMomentAccumulator?
    /// The checksums of the last portion's samples.
    private(set) var checksums: [(sample: Int, checksum: UInt32)] = []

    init(_ measurement: PeriodicMeasurement) throws(DatasetError) {
      self.measurement = measurement
      let (fields, modes) = (measurement.fields, measurement.modes)
      let pixels = try allocating { () throws(AllocationError) in
        try AlignedBuffer<Float>(count: fields.textures.pixels)
      }
      let reading = try Textures.Workspace(for: fields.textures)
      let transforming = try allocating { () throws(AllocationError) in
        try ModeTransform.Workspace(for: measurement.transform)
      }
      let sums = try allocating { () throws(AllocationError) in
        try AlignedBuffer<Float>(count: modes.lineCount * modes.order.lineLength)
      }
      let boundCount = measurement.examinedCount > 0 ? modes.order.lineCount * modes.order.lineLength : 0
      let boundSums = try allocating { () throws(AllocationError) in try AlignedBuffer<Float>(count: boundCount) }
      self.pixels = pixels
      self.reading = reading
      self.transforming = transforming
      self.sums = sums
      self.boundSums = boundSums
      accumulator = if let whitened = measurement.whitened { try FieldMomentAccumulator(whitened, modes) } else { nil }
    }

    func takeMoments() -> FieldMoments? { accumulator?.takeMoments() }

    func measure(
      _ portion: CertifiedFields.Portion, _ weights: ClassWeights, shouldContinue: @Sendable () -> Bool,
      progress: SweepProgress
    ) throws(DatasetError) -> ClassPowers {
      let (fields, modes) = (measurement.fields, measurement.modes)
      sums.pointer.update(repeating: 0, count: sums.count)
      boundSums.pointer.update(repeating: 0, count: boundSums.count)
      checksums = []
      var powers = ClassPowers(modes)
      for place in portion.places {
        guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
        let sample = fields.sample(place, ofClass: portion.classIndex)
        checksums.append((sample, try fields.textures.read(sample: sample, into: pixels.pointer, in: reading)))
        fields.undoTransform(pixels.pointer, count: fields.textures.pixels)
        transformSample(sample, weights, &powers)
        progress.add(samples: 1, bytes: fields.textures.bytesPerSample)
      }
      for k in 0..<sums.count { powers.sums[k] = Double(sums.pointer[k]) }
      for k in 0..<boundSums.count { powers.boundSums[k] = Double(boundSums.pointer[k]) }
      return powers
    }

    /// Transforms the pixels that were read, and adds the measurements.
    private func transformSample(_ sample: Int, _ weights: ClassWeights, _ powers: inout ClassPowers) {
      let (modes, sketch) = (measurement.modes, measurement.sketch)
      let row = sample - measurement.fields.textures.samples.lowerBound
      let isExamined = row < measurement.examinedCount
      let hasVectors = row < measurement.coefficients.rows
      let (order, length) = (modes.order, modes.order.lineLength)
      var (squares, mean, isFinite) = (0.0, 0.0, true)
      weights.weights.withUnsafeBufferPointer { own in
        weights.boundWeights.withUnsafeBufferPointer { bounds in
          guard let own = own.baseAddress, let bounds = bounds.baseAddress else { return }
          measurement.transform.transform(
            pixels.pointer, lines: isExamined ? order.lineCount : modes.lineCount, in: transforming
          ) { line, z in
            // The first coefficient is the sum of all pixels.
            if line == 0 { isFinite = z[0].isFinite }
            guard isFinite else { return }
            let start = line * length
            if isExamined { _ = gpgen_add_whitened_powers(z, bounds + start, length, boundSums.pointer + start) }
            guard line < modes.lineCount else { return }
            let line4 = gpgen_add_whitened_powers(z, own + start, length, sums.pointer + start)
            squares += line4 - Self.selfConjugateSquares(modes, line, z, own + start)
            if line == 0, weights.hasMean { mean = Double(z[0] * own[0].squareRoot()) }
            if hasVectors {
              sketch.take(
                line: line, z, weights: own + start, coefficients: measurement.coefficients.row(row),
                powers: measurement.powers.row(row))
            }
            if isExamined { accumulator?.take(line: line, z, weights: own + start) }
          }
        }
      }
      guard isFinite else {
        powers.unusable.add(sample)
        return
      }
      powers.samples += 1
      powers.squares += squares
      powers.means += mean
      if hasVectors { sketch.normalize(measurement.powers.row(row)) }
      if isExamined {
        powers.examined += 1
        accumulator?.finishSample()
      }
    }

    /// The squares of the whitened powers of a line's modes on self-conjugate planes.
    private static func selfConjugateSquares(
      _ modes: MeasuredModes, _ line: Int, _ z: UnsafePointer<Float>, _ weights: UnsafePointer<Float>
    ) -> Double {
      var sum = 0.0
      func add(_ index: Int) {
        let power = (z[2 * index] * z[2 * index] + z[2 * index + 1] * z[2 * index + 1]) * weights[index]
        sum += Double(power * power)
      }
      let length = modes.order.lineLength
      // In an image, a line is self-conjugate as a whole or not at all; otherwise only its ends are.
      if length > 2, modes.isSelfConjugate(line: line, index: 1) {
        for index in 0..<length { add(index) }
      } else {
        for index in [0, length - 1] where modes.isSelfConjugate(line: line, index: index) { add(index) }
      }
      return sum
    }
  }
}
