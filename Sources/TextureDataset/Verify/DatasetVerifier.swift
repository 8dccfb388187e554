import Foundation
import GaussianField
import Synchronization

/// Checks a dataset, or one of its shards: structure, labels and attributes against the recipe, every sample's checksum,
/// the index against its shards; and, where asked, some samples' pixels against what the recipe makes.
///
/// Nothing is written. HDF5's own lock is held for headers and labels alone; pixels are read past the library, by all
/// threads.
public struct DatasetVerifier: Sendable {
  /// How far a check is: samples read take the place of samples made.
  public typealias Progress = DatasetGenerator.Progress

  /// A shard, an index, or a folder with one dataset's files.
  public let path: String
  /// Threads that read.
  public let threads: Int
  /// How many samples are made again.
  public let regenerate: Int
  /// Chooses those samples; none for the dataset's own seed.
  public let regenerateSeed: UInt64?

  /// - Parameters:
  ///   - path: a shard, an index, or a folder with one dataset's files.
  ///   - threads: at least 1.
  ///   - regenerate: how many samples to make again and compare, or all where there are fewer.
  ///   - regenerateSeed: chooses those samples; the dataset's own seed where there is none.
  public init(_ path: String, threads: Int, regenerate: Int = 0, regenerateSeed: UInt64? = nil) {
    precondition(threads >= 1 && regenerate >= 0)
    self.path = path
    self.threads = threads
    self.regenerate = regenerate
    self.regenerateSeed = regenerateSeed
  }

  /// Checks all there is, and gathers what is wrong. Blocks while it reads every file.
  ///
  /// - Parameters:
  ///   - shouldContinue: asked often, from any thread; the first `false` stops with code `.interrupted`.
  ///   - report: called from any thread.
  /// - Throws: ``DatasetError`` where there is nothing to check, or it was stopped. What is wrong with a dataset is in
  ///   the verdict.
  /// - Complexity: memory of 1 MiB a thread and of some bytes a sample.
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
    if regenerate > 0 { try makeAgain(&findings, recipe: recipe, shouldContinue: shouldContinue) }
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

  private func makeAgain(
    _ findings: inout Findings, recipe: Recipe, shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) {
    let headers = findings.examinations.compactMap { $0.header }
    let bad = Set(findings.badSamples.map(\.sample))
    let all = headers.reduce(0) { $0 + $1.samples.count }
    // Numbers among the samples that can be read, which need not follow one another.
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
      let maker = try SampleGenerator(recipe: recipe, sampler: sampler, plan: plan)
      return { index throws(DatasetError) in
        let (sample, header) = work[index]
        let comparison = try SampleComparison(
          sample, in: SampleFile(header), recipe: recipe, maker: maker, shouldContinue: shouldContinue
        )
        compared.withLock { $0[sample] = comparison }
      }
    }
    findings.add(compared.withLock { $0 }, of: work.map { ($0.sample, $0.header) })
  }
}
