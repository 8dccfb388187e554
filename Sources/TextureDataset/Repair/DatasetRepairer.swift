import Foundation
import GaussianField
import Synchronization

/// Makes what is damaged in a dataset again, from its recipe: the result is byte for byte what a fresh run would have
/// made.
///
/// Damaged samples are mended in place, each first its pixels and then its checksum, so that at any moment a checksum
/// that holds means the right pixels. A shard whose structure, labels or attributes are damaged, or that is missing, is
/// built anew beside its name, with the intact samples of the old one, and then takes the name. Whatever stops it,
/// another repair finishes.
public struct DatasetRepairer: Sendable {
  /// How far a repair is: first samples read, then samples made.
  public typealias Progress = DatasetGenerator.Progress

  /// What a repair did.
  public struct Summary: Sendable {
    /// Samples made again.
    public internal(set) var made = 0
    /// Samples whose pixels were right, and whose checksum was written again.
    public internal(set) var checksums = 0
    /// Files built anew, the index last.
    public internal(set) var rebuilt: [String] = []
    /// Files some bytes of whose structure, which no reader looks at, were written again.
    public internal(set) var polished: [String] = []
    /// What the user should know.
    public internal(set) var notes: [String] = []

    /// Whether there was nothing to repair.
    public var wasWell: Bool { made == 0 && checksums == 0 && rebuilt.isEmpty && polished.isEmpty }
  }

  /// A shard, an index, or a folder with one dataset's files.
  public let path: String
  /// The recipe, for files that do not tell it any more.
  public let recipe: Recipe?
  /// Threads to read and to make textures with.
  public let threads: Int
  /// Repair even where this machine rounds otherwise than the one that made the dataset.
  public let allowRounding: Bool

  /// - Parameters:
  ///   - path: a shard, an index, or a folder with one dataset's files.
  ///   - recipe: for files that do not tell it any more; where they do, the same.
  ///   - threads: at least 1.
  ///   - allowRounding: repair even where this machine rounds otherwise than the one that made the dataset.
  public init(_ path: String, recipe: Recipe? = nil, threads: Int, allowRounding: Bool = false) {
    precondition(threads >= 1)
    self.path = path
    self.recipe = recipe
    self.threads = threads
    self.allowRounding = allowRounding
  }

  /// Repairs all that is damaged. Whatever can refuse the repair of one file does so before any file is written.
  /// Blocks until the repair is complete.
  ///
  /// - Parameters:
  ///   - shouldContinue: asked often, from any thread; the first `false` stops with code `.interrupted` and keeps what is mended.
  ///   - report: called from any thread.
  /// - Throws: ``DatasetError``: `.outputLocked` where somebody writes; `.roundingDiffers` where an intact sample comes
  ///   out otherwise here; `.invalidRecipe` where the recipe is unclear; `.outputExists` where a file of another dataset
  ///   is in the way; `.diskFull` where rebuilt files have no room.
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

  /// Plans for all files of the dataset, in the order in which they are repaired: all that can be refused is refused
  /// here, before the first of them is written.
  private func plan(_ context: RepairContext) throws(DatasetError) -> [any RepairPlan] {
    let dataset = context.dataset
    var plans: [any RepairPlan] = []
    for shard in dataset.shards {
      guard context.shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      // A plan keeps the file, its partial file and what is copied from it open.
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

  /// Whoever makes one of the files has its partial file locked.
  private func refuseWriters(of dataset: DatasetFiles) throws(DatasetError) {
    for file in dataset.shards.map(\.path) + [dataset.index].compactMap({ $0 }) {
      let partial = OutputNames.partial(file)
      if access(partial, F_OK) == 0 { _ = try LockedFile(partial, create: false) }
    }
  }
}
