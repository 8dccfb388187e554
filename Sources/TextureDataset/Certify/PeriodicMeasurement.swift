import CSpectralKernels
import Foundation
import GaussianField
import Synchronization

/// Measures periodic textures: every sample is read and transformed once.
final class PeriodicMeasurement: Sendable {
  let fields: CertifiedFields
  let modes: MeasuredModes
  /// Nil where textures are too large for it.
  let whitened: WhitenedFields?
  let sketch: ModeSketch
  /// Of the first samples: see ``ModeSketch``.
  let coefficients: SampleVectors
  let powers: SampleVectors
  /// The samples that are examined beyond their powers: the first.
  let examinedCount: Int
  private let transform: ModeTransform
  private let state: Mutex<State>

  private struct State {
    var classes: [Int: OpenClass] = [:]
    var moments: FieldMoments?
    var checksums: [UInt32]
  }

  /// A class some of whose samples have been measured.
  private struct OpenClass {
    let weights: ClassWeights
    var powers: ClassPowers
    var remaining: Int
  }

  /// Pixels of all samples that are examined beyond their powers, and of the largest texture that is.
  private static let examinedPixels = 1 << 26
  private static let largestExamined = 1 << 24
  /// Samples whose correlations are tested, and the numbers of all their vectors.
  private static let maximumVectors = 1 << 20
  private static let maximumNumbers = 1 << 26

  /// - Throws: ``DatasetError`` where a covariance has no spectrum, with code `.memory` or `.interrupted`.
  init(
    _ fields: CertifiedFields, threads: Int, shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) {
    self.fields = fields
    try Self.refuseMuchMemory(fields, threads: threads)
    modes = try MeasuredModes(fields, threads: threads, shouldContinue: shouldContinue)
    let (samples, pixels) = (fields.textures.samples.count, fields.textures.pixels)
    examinedCount = pixels > Self.largestExamined ? 0 : min(samples, max(1, Self.examinedPixels / pixels))
    whitened = examinedCount > 0 ? try WhitenedFields(modes, samples: examinedCount) : nil
    let rows = min(samples, Self.maximumVectors)
    sketch = ModeSketch(modes, maximum: max(64, Self.maximumNumbers / (3 * rows)))
    coefficients = try SampleVectors(rows: rows, count: sketch.coefficientCount)
    powers = try SampleVectors(rows: rows, count: sketch.powerCount)
    transform = try allocating { [fields] () throws(AllocationError) in try ModeTransform(fields.model.shape) }
    state = Mutex(
      State(moments: whitened.map { FieldMoments($0) }, checksums: .init(repeating: 0, count: samples)))
  }

  /// Bytes for each mode: of what all classes have in common, and of a thread.
  private static let commonBytes = 60
  private static let threadBytes = 50

  private static func refuseMuchMemory(_ fields: CertifiedFields, threads: Int) throws(DatasetError) {
    // Every second mode is kept, since opposite ones are conjugate.
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
  ///   - finishClass: called with each class when all its samples have been measured, on any thread, one at a time; with each
  ///     sample where samples have parameters of their own.
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

  /// The weights of a portion's class, or of its one sample.
  private func open(_ portion: CertifiedFields.Portion) throws(DatasetError) -> ClassWeights {
    let index = portion.classIndex
    if fields.model.hasRanges {
      let sample = fields.sample(portion.places.lowerBound, ofClass: index)
      let spectra = try describing { () throws(FieldError) in
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
  /// - Returns: the class, where all of it has been measured.
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
    private let maker: FieldMaker?
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
      maker = if let whitened = measurement.whitened { try FieldMaker(whitened, modes) } else { nil }
    }

    func takeMoments() -> FieldMoments? { maker?.takeMoments() }

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

    /// Transforms the pixels that were read, and adds what is measured of them.
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
            if isExamined { maker?.take(line: line, z, weights: own + start) }
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
        maker?.finishSample()
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
      // Of an image a whole line is, or none of it; elsewhere the ends of a line are.
      if length > 2, modes.isSelfConjugate(line: line, index: 1) {
        for index in 0..<length { add(index) }
      } else {
        for index in [0, length - 1] where modes.isSelfConjugate(line: line, index: index) { add(index) }
      }
      return sum
    }
  }
}
