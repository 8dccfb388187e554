import Foundation
import GaussianField
import Synchronization

/// Verifies a dataset, or one of its shards: structure, labels and attributes against the recipe, every sample's
/// checksum, and the index against its shards. Optionally regenerates some samples and compares their pixels.
///
/// Writes nothing. Only headers go through the HDF5 library, one at a time; all threads read pixels without it.
public struct DatasetVerifier: Sendable {
  /// The progress of a check; `made` counts the samples read.
  public typealias Progress = DatasetGenerator.Progress

  /// A shard, an index, or a folder that contains one dataset.
  public let path: String
  /// The number of threads.
  public let threads: Int
  /// The number of samples to regenerate.
  public let regenerate: Int
  /// The seed that selects those samples; nil for the dataset's own seed.
  public let regenerateSeed: UInt64?

  /// - Parameters:
  ///   - path: a shard, an index, or a folder that contains one dataset.
  ///   - threads: at least 1.
  ///   - regenerate: the number of samples to regenerate and compare; all if there are fewer.
  ///   - regenerateSeed: selects those samples; nil for the dataset's own seed.
  public init(_ path: String, threads: Int, regenerate: Int = 0, regenerateSeed: UInt64? = nil) {
    precondition(threads >= 1 && regenerate >= 0)
    self.path = path
    self.threads = threads
    self.regenerate = regenerate
    self.regenerateSeed = regenerateSeed
  }

  /// Checks every file and collects the faults. Blocks while it reads all files.
  ///
  /// - Parameters:
  ///   - shouldContinue: called often, from any thread; the first `false` stops with code `.interrupted`.
  ///   - report: called from any thread.
  /// - Throws: ``DatasetError`` if there is nothing to check, or the check was stopped. Faults of the dataset are in
  ///   the verdict.
  /// - Complexity: memory of 1 MiB per thread and a few bytes per sample.
  public func run(
    shouldContinue: @escaping @Sendable () -> Bool = { true }, report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws(DatasetError) -> DatasetVerdict {
    let shouldContinue = latched(shouldContinue)
    let dataset = try DatasetFiles(path)
    var findings = Findings(dataset: dataset)
    guard let recipe = dataset.storedRecipe() else {
      findings.addFilesWithoutRecipe()
      return findings.verdict(of: path, recipe: nil)
    }
    for shard in dataset.shards {
      guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      findings.add(ShardExamination(shard, names: dataset.names, recipe: recipe))
    }
    try sweep(&findings, recipe: recipe, shouldContinue: shouldContinue, report: report)
    if let index = dataset.index {
      let faults = IndexCheck.faults(of: index, recipe: recipe, names: dataset.names, shards: findings.stored)
      findings.add(faults, ofIndex: index, recipe: recipe)
      findings.settleStoredChecksums(index: index, samples: recipe.samples)
    }
    if regenerate > 0 { try regenerateSamples(&findings, recipe: recipe, shouldContinue: shouldContinue) }
    return findings.verdict(of: path, recipe: recipe)
  }

  private func sweep(
    _ findings: inout Findings, recipe: Recipe, shouldContinue: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (Progress) -> Void
  ) throws(DatasetError) {
    let headers = findings.examinations.compactMap { $0.header }
    let progress = SweepProgress(total: headers.reduce(0) { $0 + $1.samples.count }, report: report)
    for header in headers {
      let sweep = try ChecksumSweep(
        header, threads: threads, shouldContinue: shouldContinue, progress: progress)
      findings.add(sweep, of: header)
    }
  }

  private func regenerateSamples(
    _ findings: inout Findings, recipe: Recipe, shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) {
    let headers = findings.examinations.compactMap { $0.header }
    let bad = Set(findings.badSamples.map(\.sample))
    let all = headers.reduce(0) { $0 + $1.samples.count }
    // Positions among the readable samples, which need not be consecutive.
    let chosen = SampleChoice.choose(regenerate, of: all, seed: regenerateSeed ?? recipe.seed)
    var pending: [(sample: Int, header: ShardHeader)] = []
    var (header, before) = (0, 0)
    for number in chosen {
      while number - before >= headers[header].samples.count {
        before += headers[header].samples.count
        header += 1
      }
      let sample = headers[header].samples.lowerBound + number - before
      if !bad.contains(sample) { pending.append((sample, headers[header])) }
    }
    let (work, sampler) = (pending, try TextureSampler(recipe))
    let plan = CrewPlan(shape: recipe.field.shape, threads: threads, samples: max(1, work.count))
    try plan.refuseMuchMemory(sampler, recipe.dtype)
    let compared = Mutex<[Int: SampleComparison]>([:])
    try inParallel(work.count, workers: plan.crews, shouldContinue: shouldContinue) { () throws(DatasetError) in
      let generator = try SampleGenerator(recipe: recipe, sampler: sampler, plan: plan)
      return { index throws(DatasetError) in
        let (sample, header) = work[index]
        let comparison = try SampleComparison(
          sample, in: SampleFile(header), recipe: recipe, generator: generator, shouldContinue: shouldContinue
        )
        compared.withLock { $0[sample] = comparison }
      }
    }
    findings.add(compared.withLock { $0 }, of: work.map { ($0.sample, $0.header) })
  }
}
