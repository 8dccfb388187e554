import Foundation
import GaussianField
import Synchronization

/// Tests whether textures, made by gpgen or by another program, have the distribution of a recipe.
///
/// Whitening turns textures into independent standard normal numbers: periodic ones mode by mode, open ones with the
/// covariance matrix of some of their pixels.
public struct DatasetCertifier: Sendable {
  /// The progress of the tests; `made` counts the samples read.
  public typealias Progress = DatasetGenerator.Progress

  /// The name of the file in the certificate.
  public let file: String
  /// The recipe that the textures should follow.
  public var recipe: Recipe { fields.recipe }
  private let fields: CertifiedFields
  private let embedding: Embedding?
  private let threads: Int

  /// Tests a dataset made by gpgen against its own recipe.
  ///
  /// - Parameters:
  ///   - dataset: a finished dataset.
  ///   - file: as the user named it.
  ///   - threads: at least 1.
  /// - Throws: ``DatasetError`` if a file cannot be read.
  public init(_ dataset: DatasetReader, file: String, threads: Int) throws(DatasetError) {
    precondition(threads >= 1)
    guard dataset.isFinished else {
      throw DatasetError(.unfinished, "\(file): is unfinished; finish it before certifying it")
    }
    self.file = file
    self.threads = threads
    fields = CertifiedFields(textures: try Textures(dataset), recipe: dataset.recipe, isBandLimited: true)
    embedding = dataset.shards.first?.embedding
  }

  /// Tests textures of another program.
  ///
  /// - Parameters:
  ///   - file: a .npy array or an HDF5 file, of shape (samples, extents...).
  ///   - dataset: the name of the HDF5 dataset; nil if there is only one candidate.
  ///   - recipe: the recipe that the textures should follow. Its seed and number of samples do not matter; the class of
  ///     a sample is its index modulo the number of classes.
  ///   - threads: at least 1.
  /// - Throws: ``DatasetError`` if the file does not contain such textures.
  public init(foreign file: String, dataset: String? = nil, recipe: Recipe, threads: Int) throws(DatasetError) {
    precondition(threads >= 1)
    self.file = file
    self.threads = threads
    let textures = try Textures(foreign: file, dataset: dataset, shape: recipe.field.shape)
    fields = CertifiedFields(textures: textures, recipe: recipe, isBandLimited: false)
    embedding = nil
  }

  /// Reads all textures and tests them. Blocks.
  ///
  /// - Parameters:
  ///   - shouldContinue: called often, from any thread; the first `false` stops with code `.interrupted`.
  ///   - report: called from any thread.
  /// - Throws: ``DatasetError`` if a file cannot be read, memory does not suffice, or the tests were stopped.
  public func run(
    shouldContinue: @escaping @Sendable () -> Bool = { true }, report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws(DatasetError) -> Certificate {
    if let problem = fields.problem { return Certificate(file: file, fields: fields, reason: problem) }
    let shouldContinue = latched(shouldContinue)
    let progress = SweepProgress(total: fields.textures.samples.count, report: report)
    switch recipe.field.boundary {
    case .periodic: return try runPeriodic(shouldContinue, progress)
    case .open: return try runOpen(shouldContinue, progress)
    }
  }

  private func runPeriodic(
    _ shouldContinue: @escaping @Sendable () -> Bool, _ progress: SweepProgress
  ) throws(DatasetError) -> Certificate {
    let measurement = try PeriodicMeasurement(fields, threads: threads, shouldContinue: shouldContinue)
    let modes = measurement.modes
    struct Sums {
      /// Nil if every sample has its own parameters.
      var scores: ParameterScores?
      var pooled: GroupPowers
      var classes: [Int: GroupPowers] = [:]
      var unusable = UnusableSamples()
    }
    let scores = recipe.field.hasRanges ? nil : try ParameterScores(modes)
    let sums = Mutex(Sums(scores: scores, pooled: GroupPowers(modes.groups)))
    let classCount = recipe.classCount
    try measurement.run(threads: threads, shouldContinue: shouldContinue, progress: progress) {
      index, weights, powers in
      var own = GroupPowers(modes.groups)
      own.add(powers, weights, modes)
      sums.withLock { sums in
        sums.scores?.add(powers, weights, classIndex: index)
        sums.pooled += own
        if classCount > 1 { sums.classes[index, default: GroupPowers(modes.groups)] += own }
        sums.unusable += powers.unusable
      }
    }
    let found = sums.withLock { $0 }
    var tests = [found.unusable.test] + found.pooled.tests(classIndex: nil)
    for (index, own) in found.classes.sorted(by: { $0.key < $1.key }) { tests += own.tests(classIndex: index) }
    let fits = try found.scores?.fits() ?? []
    tests += fits.map(\.test)
    if let whitened = measurement.whitened, let moments = measurement.moments { tests += moments.tests(whitened) }
    var search = PairSearch(
      firstSample: fields.textures.samples.lowerBound, threads: threads, shouldContinue: shouldContinue)
    search.testLengths(measurement.coefficients, classCount: classCount)
    measurement.coefficients.normalize()
    measurement.powers.normalize()
    try search.testPairs("correlation of two samples", measurement.coefficients)
    try search.testPairs("correlation of two samples' powers: rolled, mirrored or negated", measurement.powers)
    tests += search.tests
    let limits = Certificate.Limits(
      droppedVariance: fields.isBandLimited ? modes.spectra.droppedFraction : nil, periodisingExcess: periodisingExcess,
      negativeFraction: nil, negativeCount: nil, rounding: fields.precision.relativeRounding,
      measured: modes.commonCount,
      all: modes.order.pixels, examinedSamples: measurement.whitened == nil ? 0 : measurement.examinedCount,
      comparedSamples: measurement.coefficients.rows, comparedPairs: search.compared)
    return Certificate(
      file: file, fields: fields, tests: tests, fits: fits, limits: limits, checksums: measurement.checksums)
  }

  /// The maximum relative increase of the variance by periodising; ranges are evaluated at their middle.
  private var periodisingExcess: Double {
    let model = recipe.field
    let excess = fields.classes.prefix(Self.excessClasses).map { choices in
      let plane = zip(model.scales, choices).reduce(model.noise * model.noise) { sum, pair in
        let origin = model.shape.extents.map { _ in 0.0 }
        return sum + pair.0.weight * pair.0.weight * pair.0.candidates[pair.1].middle.value(atLag: origin)
      }
      return plane > 0 ? model.variance(choices: choices) / plane - 1 : 0
    }
    return excess.max { $0.magnitude < $1.magnitude } ?? 0
  }

  /// A limit, since there are up to 1,024 classes, and the variance of one may take a transform.
  private static let excessClasses = 64

  private func runOpen(
    _ shouldContinue: @escaping @Sendable () -> Bool, _ progress: SweepProgress
  ) throws(DatasetError) -> Certificate {
    let measurement = try WindowMeasurement(fields, threads: threads, shouldContinue: shouldContinue)
    let found = try measurement.run(threads: threads, shouldContinue: shouldContinue, progress: progress)
    let limits = Certificate.Limits(
      droppedVariance: nil, periodisingExcess: nil, negativeFraction: embedding?.negativeFraction,
      negativeCount: embedding?.negativeCount, rounding: fields.precision.relativeRounding,
      measured: found.measured, all: fields.textures.pixels, examinedSamples: 0, comparedSamples: found.comparedSamples,
      comparedPairs: found.comparedPairs)
    return Certificate(
      file: file, fields: fields, tests: [found.unusable.test] + found.tests, fits: found.fits,
      limits: limits, checksums: found.checksums)
  }
}
