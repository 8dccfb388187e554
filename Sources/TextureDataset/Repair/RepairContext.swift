import Foundation
import GaussianField
import Synchronization

/// What the repairs of all files share: the recipe, the sampler, and the check of this machine's rounding.
final class RepairContext: Sendable {
  let recipe: Recipe
  let dataset: DatasetFiles
  let threads: Int
  let allowRounding: Bool
  let shouldContinue: @Sendable () -> Bool
  let report: @Sendable (DatasetGenerator.Progress) -> Void
  let sampler: TextureSampler

  init(
    recipe: Recipe, dataset: DatasetFiles, threads: Int, allowRounding: Bool,
    shouldContinue: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (DatasetGenerator.Progress) -> Void
  ) throws(DatasetError) {
    self.recipe = recipe
    self.dataset = dataset
    self.threads = threads
    self.allowRounding = allowRounding
    self.shouldContinue = shouldContinue
    self.report = report
    sampler = try TextureSampler(recipe)
    let plan = CrewPlan(shape: recipe.field.shape, threads: threads, samples: recipe.samples)
    try plan.refuseMuchMemory(sampler, recipe.dtype)
  }

  /// Throws if no file can be created or renamed in a folder.
  func refuseUnwritableFolder(of path: String) throws(DatasetError) {
    let folder = OutputNames(path: path, shardCount: 1).folder
    guard access(folder, W_OK | X_OK) == 0 else { throw .system("\(path): the folder \(folder) is not writable") }
  }

  /// Checks a shard's pixels against its checksums, and reports the progress.
  func sweep(_ header: ShardHeader) throws(DatasetError) -> ChecksumSweep {
    try ChecksumSweep(
      header, threads: threads, shouldContinue: shouldContinue,
      progress: SweepProgress(total: header.samples.count, report: report))
  }

  /// Distributes samples among crews, each with its own generator.
  func forEach(
    _ samples: [Int], _ body: @escaping @Sendable (Int, SampleGenerator) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    let plan = CrewPlan(shape: recipe.field.shape, threads: threads, samples: max(1, samples.count))
    let done = Atomic(0)
    let (bytes, report) = (ShardStructure.bytesPerSample(of: recipe), report)
    try inParallel(samples.count, workers: min(plan.crews, max(1, samples.count)), shouldContinue: shouldContinue) {
      () throws(DatasetError) in
      let generator = try SampleGenerator(recipe: recipe, sampler: sampler, plan: plan)
      return { index throws(DatasetError) in
        try body(samples[index], generator)
        let made = done.add(1, ordering: .relaxed).newValue
        report(DatasetGenerator.Progress(made: made, kept: 0, total: samples.count, bytes: made * bytes))
      }
    }
  }

  /// Regenerates a stored sample and compares.
  func compare(_ sample: Int, in file: SampleFile) throws(DatasetError) -> SampleComparison {
    let plan = CrewPlan(shape: recipe.field.shape, threads: threads, samples: 1)
    return try SampleComparison(
      sample, in: file, recipe: recipe,
      generator: try SampleGenerator(recipe: recipe, sampler: sampler, plan: plan), shouldContinue: shouldContinue)
  }

  /// Regenerates an intact sample of this file, or else of another file of the dataset, and throws if its bits differ.
  ///
  /// - Parameter intact: an intact sample of the file; nil if it has none.
  func refuseOtherRounding(_ header: ShardHeader?, intact: Int?) throws(DatasetError) {
    guard !allowRounding else { return }
    let found: (SampleFile, Int)?
    if let header, let intact { found = (try SampleFile(header), intact) } else { found = try intactElsewhere() }
    guard let (file, sample) = found else { return }
    try refuse(try compare(sample, in: file), sample: sample, path: file.path)
  }

  func refuse(_ comparison: SampleComparison, sample: Int, path: String) throws(DatasetError) {
    switch comparison.verdict {
    case .identical: return
    case .rounding:
      if allowRounding { return }
      throw DatasetError(
        .roundingDiffers,
        "\(path): regenerating sample \(sample) on this machine gives different last bits (another processor or FFTW build); repair on the machine that generated the dataset, or use --allow-rounding to mix them"
      )
    case .other:
      throw DatasetError(
        .roundingDiffers,
        "\(path): sample \(sample) matches its checksum, but its pixels are not the recipe's; nothing was written"
      )
    }
  }

  /// A sample of any shard whose checksum matches.
  private func intactElsewhere() throws(DatasetError) -> (SampleFile, Int)? {
    for shard in dataset.names.shardCount == 1 ? [] : (0..<dataset.names.shardCount).map({ dataset.names.shard($0) }) {
      guard let header = try? ShardHeader(reading: shard), header.recipe == recipe, header.kind == .shard,
        let file = try? SampleFile(header)
      else { continue }
      if let found = try file.firstIntactSample(shouldContinue: shouldContinue) { return (file, found.sample) }
    }
    return nil
  }
}
