import Foundation
import GaussianField
import Synchronization

/// Regenerates the damaged parts of a dataset from its recipe. The result is byte for byte that of a fresh run.
///
/// Damaged samples are repaired in place, first the pixels and then the checksum, so that a matching checksum means
/// correct pixels at any moment. A shard that is missing, or whose structure, labels or attributes are damaged, is
/// rebuilt under its partial name with the intact samples of the old one, and then renamed. Another repair finishes an
/// interrupted one.
public struct DatasetRepairer: Sendable {
  /// The progress of a repair; `made` counts samples read, then samples regenerated.
  public typealias Progress = DatasetGenerator.Progress

  /// The result of a repair.
  public struct Summary: Sendable {
    /// Samples regenerated.
    public internal(set) var made = 0
    /// Samples whose pixels were correct and whose checksum was rewritten.
    public internal(set) var checksums = 0
    /// Files rebuilt, the index last.
    public internal(set) var rebuilt: [String] = []
    /// Files in which structure bytes that no reader uses were restored to a fresh file's.
    public internal(set) var normalized: [String] = []
    /// Remarks for the user.
    public internal(set) var notes: [String] = []

    /// Whether there was nothing to repair.
    public var wasIntact: Bool { made == 0 && checksums == 0 && rebuilt.isEmpty && normalized.isEmpty }
  }

  /// A shard, an index, or a folder that contains one dataset.
  public let path: String
  /// The recipe, if no file has a readable one.
  public let recipe: Recipe?
  /// The number of threads that read and generate textures.
  public let threads: Int
  /// Repair even if this machine rounds differently from the one that generated the dataset.
  public let allowRounding: Bool

  /// - Parameters:
  ///   - path: a shard, an index, or a folder that contains one dataset.
  ///   - recipe: required if no file has a readable recipe; otherwise nil or the same.
  ///   - threads: at least 1.
  ///   - allowRounding: repair even if this machine rounds differently from the one that generated the dataset.
  public init(_ path: String, recipe: Recipe? = nil, threads: Int, allowRounding: Bool = false) {
    precondition(threads >= 1)
    self.path = path
    self.recipe = recipe
    self.threads = threads
    self.allowRounding = allowRounding
  }

  /// Repairs everything that is damaged. If any file cannot be repaired, throws before any file is written. Blocks
  /// until the repair is complete.
  ///
  /// - Parameters:
  ///   - shouldContinue: called often, from any thread; the first `false` stops with code `.interrupted` and keeps the
  ///     repairs made so far.
  ///   - report: called from any thread.
  /// - Throws: ``DatasetError``: `.outputLocked` if another process is writing; `.roundingDiffers` if this machine
  ///   regenerates an intact sample with different bits; `.invalidRecipe` if the recipe is unclear; `.outputExists` if
  ///   a file of another dataset is in the way; `.diskFull` if there is no space for rebuilt files.
  public func run(
    shouldContinue: @escaping @Sendable () -> Bool = { true }, report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws(DatasetError) -> Summary {
    let shouldContinue = latched(shouldContinue)
    let dataset = try DatasetFiles(path)
    if dataset.showsLinks, let error = Unfinished.publication(of: dataset, path: path) { throw error }
    let recipe = try RepairRecipe.choose(for: dataset, path: path, given: recipe)
    try refuseWriters(of: dataset)
    let context = try RepairContext(
      recipe: recipe, dataset: dataset, threads: threads, allowRounding: allowRounding, shouldContinue: shouldContinue,
      report: report)
    let plans = try plan(context)
    var summary = Summary()
    for plan in plans {
      guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      try plan.apply(&summary)
    }
    return summary
  }

  /// Plans the repair of all files in order. Everything that can be refused is refused here, before the first write.
  private func plan(_ context: RepairContext) throws(DatasetError) -> [any RepairPlan] {
    let dataset = context.dataset
    var plans: [any RepairPlan] = []
    for shard in dataset.shards {
      guard context.shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      // A plan keeps the file, its partial file and the source of copied samples open.
      try raiseOpenFileLimit(to: 3 * (plans.count + 1), choose: "repair one shard at a time")
      if let plan = try ShardRepair.plan(shard, in: context) { plans.append(plan) }
    }
    if let index = dataset.index { plans.append(try IndexRepair(index, changingShards: !plans.isEmpty, in: context)) }
    let bytes = maximumBytes(of: plans)
    if bytes > 0 {
      try DiskSpace.refuse(bytes, in: dataset.names.folder, for: path, choose: "repair a copy on another disk")
    }
    return plans
  }

  /// Throws if another process has locked one of the partial files.
  private func refuseWriters(of dataset: DatasetFiles) throws(DatasetError) {
    for file in dataset.shards.map(\.path) + [dataset.index].compactMap({ $0 }) {
      let partial = OutputNames.partial(file)
      if access(partial, F_OK) == 0 { _ = try LockedFile(partial, create: false) }
    }
  }
}
