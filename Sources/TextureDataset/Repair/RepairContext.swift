import Foundation
import GaussianField
import Synchronization

/// What all shards of a repair share: the recipe, the sampler, and how this machine rounds.
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

  /// Refuses a folder in which no file can be made or renamed.
  func refuseUnwritableFolder(of path: String) throws(DatasetError) {
    let folder = OutputNames(path: path, shardCount: 1).folder
    guard access(folder, W_OK | X_OK) == 0 else { throw .system("\(path): the folder \(folder) is not writable") }
  }

  /// Holds a shard's pixels against its checksums, and reports how far that is.
  func sweep(_ header: ShardHeader) throws(DatasetError) -> ChecksumSweep {
    try ChecksumSweep(
      header, threads: threads, shouldContinue: shouldContinue,
      progress: SweepProgress(total: header.samples.count, report: report))
  }

  /// Has crews work through samples, each with a maker of its own.
  func forEach(
    _ samples: [Int], _ body: @escaping @Sendable (Int, SampleGenerator) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    let plan = CrewPlan(shape: recipe.field.shape, threads: threads, samples: max(1, samples.count))
    let done = Atomic(0)
    let (bytes, report) = (ShardStructure.bytesPerSample(of: recipe), report)
    try inParallel(samples.count, workers: min(plan.crews, max(1, samples.count)), shouldContinue: shouldContinue) {
      () throws(DatasetError) in
      let maker = try SampleGenerator(recipe: recipe, sampler: sampler, plan: plan)
      return { index throws(DatasetError) in
        try body(samples[index], maker)
        let made = done.add(1, ordering: .relaxed).newValue
        report(DatasetGenerator.Progress(made: made, kept: 0, total: samples.count, bytes: made * bytes))
      }
    }
  }

  /// Makes a stored sample again and compares.
  func compare(_ sample: Int, in file: SampleFile) throws(DatasetError) -> SampleComparison {
    let plan = CrewPlan(shape: recipe.field.shape, threads: threads, samples: 1)
    return try SampleComparison(
      sample, in: file, recipe: recipe,
      maker: try SampleGenerator(recipe: recipe, sampler: sampler, plan: plan), shouldContinue: shouldContinue)
  }

  /// Makes an intact sample again, of this file or else of another of the dataset, and refuses to go on where its bits
  /// are others.
  ///
  /// - Parameter intact: an intact sample of the file; none where it has none.
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
        "\(path): sample \(sample) comes out with other last bits here (another processor or FFTW build); repair where it was made, or use --allow-rounding to mix them"
      )
    case .other:
      throw DatasetError(
        .roundingDiffers,
        "\(path): sample \(sample) has a checksum that holds, and other pixels than its recipe makes; nothing was written"
      )
    }
  }

  /// A sample of any shard whose checksum holds.
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
