import Foundation
import GaussianField
import Synchronization

/// Measures the covariance and the power spectrum of every class of a dataset, for comparison with the dataset's model.
public struct CovarianceMeasurement: Sendable {
  /// The dataset.
  public let dataset: DatasetReader
  /// The number of samples to measure, from the first on.
  public let sampleCount: Int
  private let threads: Int
  private let reader: PixelReader

  /// - Parameters:
  ///   - dataset: a finished dataset whose textures are neither standardized nor thresholded.
  ///   - samples: the number of samples to measure, from the first on; nil for all.
  ///   - threads: the number of threads that read and transform textures.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` if the textures' covariance has no closed form, or `.memory`.
  public init(_ dataset: DatasetReader, samples: Int? = nil, threads: Int) throws(DatasetError) {
    let field = dataset.recipe.field
    if field.standardize {
      throw DatasetError(
        .invalidRecipe,
        "the textures are standardized, which changes their covariance by an amount without a closed form; expected a dataset"
          + " without standardize")
    }
    if case .threshold = field.transform {
      throw DatasetError(
        .invalidRecipe,
        "the textures are thresholded, so they do not have the covariance of a Gaussian field; expected the transform identity or lognormal"
      )
    }
    self.dataset = dataset
    sampleCount = min(samples ?? .max, dataset.samples.count)
    self.threads = threads
    reader = try PixelReader(dataset)
    let modes = field.boundary == .periodic ? field.shape.pixels / 2 + field.shape.rowCount : 0
    let perThread = field.shape.pixels * 16 + modes * (hasRanges ? 4 : 1) * 8
    let table = field.boundary == .open ? WindowMoments.elementCount(field.shape) * 8 : 0
    try MemoryLimit.current.refuse(
      threads * perThread + modes * 32 + table, for: "measuring textures of \(field.shape) pixels",
      choose: "fewer --threads or smaller textures")
  }

  private var field: FieldModel { dataset.recipe.field }
  private var hasRanges: Bool { field.hasRanges }

  /// Measures the classes that have samples. Blocks.
  ///
  /// - Parameters:
  ///   - count: the number of classes to measure, from the first on; nil for all.
  ///   - shouldContinue: called often, on any thread; `false` stops the work.
  ///   - report: called with the number of samples done, on any thread.
  /// - Throws: ``DatasetError``; with code `.interrupted` if `shouldContinue` returned false.
  public func run(
    classes count: Int? = nil,
    shouldContinue: @escaping @Sendable () -> Bool = { true }, report: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(DatasetError) -> [ClassCovariance] {
    let recipe = dataset.recipe
    let done = Atomic(0)
    let samples = Array(dataset.samples.prefix(sampleCount))
    var classes: [ClassCovariance] = []
    for index in 0..<min(count ?? .max, recipe.classCount) {
      let own = samples.filter { recipe.classIndex(ofSample: $0) == index }
      guard !own.isEmpty else { continue }
      let check: @Sendable () throws(DatasetError) -> Void = { () throws(DatasetError) in
        guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      }
      let step: @Sendable () throws(DatasetError) -> Void = { () throws(DatasetError) in
        try check()
        report(done.add(1, ordering: .relaxed).newValue)
      }
      switch field.boundary {
      case .periodic: classes.append(try periodic(index, own, step))
      case .open: classes.append(try open(index, own, step, check))
      }
    }
    return classes
  }

  // MARK: Periodic textures

  private func periodic(
    _ index: Int, _ samples: [Int], _ step: @Sendable () throws(DatasetError) -> Void
  ) throws(DatasetError) -> ClassCovariance {
    let (field, hasRanges) = (field, hasRanges)
    let transform = try allocating { () throws(AllocationError) in try ModeTransform(field.shape) }
    var sums = try sum(samples, step, ModeSums(transform.order, withVariances: hasRanges)) {
      () throws(DatasetError) in
      let workspace = try allocating { () throws(AllocationError) in try ModeTransform.Workspace(for: transform) }
      return { sums, sample, pixels throws(DatasetError) in
        sums.add(pixels, transform, in: workspace)
        guard hasRanges else { return }
        sums.add(try spectra(covariances(ofSample: sample)), of: field, transform.order, count: 1)
      }
    }
    if !hasRanges {
      var model = ModeSums(transform.order)
      model.add(try spectra(covariances(ofSample: samples[0])), of: field, transform.order, count: samples.count)
      model.power = sums.power
      sums = model
    }
    try checkIsFinite(sums.power.allSatisfy(\.isFinite), class: index)
    let estimate = PeriodicEstimate(sums, field.shape, transform.order, samples: samples.count)
    let variance = field.variance(choices: dataset.recipe.choices(ofClass: index))
    return ClassCovariance(
      index: index, name: dataset.recipe.className(index), samples: samples.count,
      covariance: estimate.covariance(at: LagChoice.lags(field.shape.extents)),
      spectrum: estimate.spectrum(
        rounding: dataset.recipe.dtype.precision.roundingVariance(ofVariance: variance, field.transform)))
  }

  private func covariances(ofSample sample: Int) -> [CovarianceModel] {
    let recipe = dataset.recipe
    return field.covariances(
      ofSample: sample, choices: recipe.choices(ofClass: recipe.classIndex(ofSample: sample)), seed: recipe.seed)
  }

  private func spectra(_ covariances: [CovarianceModel]) throws(DatasetError) -> [Spectrum] {
    var spectra: [Spectrum] = []
    do throws(FieldError) {
      for covariance in covariances { spectra.append(try covariance.spectrum(on: Grid(periodic: field.shape))) }
    } catch {
      throw DatasetError(.invalidRecipe, error.message, cause: error)
    }
    return spectra
  }

  // MARK: Open textures

  /// The maximum number of multiply-adds for the variances of all lags of all classes; beyond it, fewer lags are
  /// measured.
  private static let maximumCost = 2e10
  private static let minimumLags = 8

  private func open(
    _ index: Int, _ samples: [Int], _ step: @Sendable () throws(DatasetError) -> Void,
    _ check: @Sendable () throws(DatasetError) -> Void
  ) throws(DatasetError) -> ClassCovariance {
    let field = field
    let models = Double(hasRanges ? sampleCount : dataset.recipe.classCount)
    let affordable = Self.maximumCost / (models * WindowMoments.cost(field.shape))
    let lags = LagChoice.lags(
      field.shape.extents, count: Int(min(Double(LagChoice.maximum), max(Double(Self.minimumLags), affordable))))
    let sums = try sum(samples, step, LagProductSums(field.shape, lags: lags)) { () throws(DatasetError) in
      { sums, _, pixels throws(DatasetError) in sums.add(pixels) }
    }
    try checkIsFinite(sums.products.allSatisfy { $0.allSatisfy(\.isFinite) }, class: index)
    var (means, variances) = ([Double](repeating: 0, count: lags.count), [Double](repeating: 0, count: lags.count))
    for sample in hasRanges ? samples : [samples[0]] {
      let moments = WindowMoments(field, covariances(ofSample: sample))
      for (place, lag) in lags.enumerated() {
        try check()
        means[place] += moments.mean(lag: lag)
        variances[place] += moments.variance(lag: lag)
      }
    }
    let (count, moments) = (Double(samples.count), Double(hasRanges ? samples.count : 1))
    let points = lags.enumerated().map { place, lag in
      ClassCovariance.Point(
        Double(lag), measured: sums.covariance(place, samples: samples.count),
        ThreeCumulants(
          mean: means[place] / moments, variance: variances[place] / (moments * count), third: 0))
    }
    return ClassCovariance(
      index: index, name: dataset.recipe.className(index), samples: samples.count, covariance: points, spectrum: [])
  }

  // MARK: Samples

  private func checkIsFinite(_ isFinite: Bool, class index: Int) throws(DatasetError) {
    guard !isFinite else { return }
    throw DatasetError(
      .invalidFile,
      "\(dataset.header.path): a sample of class \(dataset.recipe.className(index)) has a pixel that is NaN or impossible"
        + " under the transform; `gpgen verify` locates the damage")
  }

  /// Adds up samples on all threads. Thread t of n takes samples t, t + n, ..., so that the sums are reproducible.
  ///
  /// - Parameters:
  ///   - step: called before each sample.
  ///   - zero: the sums of no samples.
  ///   - makeWorker: called once on each thread; returns a function that adds a texture, with its transform undone, to
  ///     the sums.
  private func sum<Sums: MergeableSums>(
    _ samples: [Int], _ step: @Sendable () throws(DatasetError) -> Void, _ zero: Sums,
    _ makeWorker:
      @Sendable () throws(DatasetError) -> (
        (inout Sums, _ sample: Int, UnsafePointer<Float>) throws(DatasetError) -> Void
      )
  ) throws(DatasetError) -> Sums {
    let threads = min(threads, samples.count)
    let results = Mutex<[Result<Sums, DatasetError>]>(Array(repeating: .success(zero), count: threads))
    let (reader, pixelCount) = (reader, field.shape.pixels)
    let isHalf = dataset.recipe.dtype == .float16
    let isLognormal = field.transform == .lognormal
    onThreads(threads) { thread in
      let result: Result<Sums, DatasetError>
      do throws(DatasetError) {
        let work = try makeWorker()
        let pixels = try allocating { () throws(AllocationError) in try AlignedBuffer<Float>(count: pixelCount) }
        let halves = try allocating { () throws(AllocationError) in
          try AlignedBuffer<UInt16>(count: isHalf ? pixelCount : 0)
        }
        var sums = zero
        for place in stride(from: thread, to: samples.count, by: threads) {
          try step()
          try reader.read(
            sample: samples[place], pixels: 0..<pixelCount, into: pixels.pointer,
            halves: isHalf ? halves.pointer : nil)
          if isLognormal { for k in 0..<pixelCount { pixels.pointer[k] = log(pixels.pointer[k]) } }
          try work(&sums, samples[place], pixels.pointer)
        }
        result = .success(sums)
      } catch {
        result = .failure(error)
      }
      results.withLock { $0[thread] = result }
    }
    var all = zero
    for result in results.withLock({ $0 }) {
      switch result {
      case .success(let sums): all.add(sums)
      case .failure(let error): throw error
      }
    }
    return all
  }
}

/// Sums that are computed in parts.
protocol MergeableSums: Sendable {
  /// Adds other sums.
  mutating func add(_ other: Self)
}

extension ModeSums: MergeableSums {}
extension LagProductSums: MergeableSums {}
