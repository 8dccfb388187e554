import Foundation
import GaussianField

/// Makes a dataset's files: all of them, or one task's part of the shards.
///
/// Everything that can be refused is refused before anything is written. Then every shard's structure is made beside its
/// final name, samples are written into it in any order, each followed by its checksum; at the end all is brought to the
/// disk and renamed, the index last. Whatever stops it before leaves partial files that a later run takes up.
public struct DatasetGenerator: Sendable {
  /// What to do about output that is there already.
  public enum Policy: Sendable {
    /// Refuse.
    case refuse
    /// Continue what is unfinished; keep what is finished, and let a finished dataset grow if more samples are asked for.
    case resume
    /// Make anew, and replace what is there after success.
    case replace
  }

  /// One of several processes that make the shards of one dataset.
  public struct ArrayTask: Sendable {
    /// Which, from 0.
    public let index: Int
    /// How many there are.
    public let count: Int

    /// - Precondition: 0 <= index < count.
    public init(index: Int, count: Int) {
      precondition((0..<count).contains(index))
      self.index = index
      self.count = count
    }
  }

  /// How far a run is.
  public struct Progress: Sendable {
    /// Samples made by this run.
    public let made: Int
    /// Samples found finished.
    public let kept: Int
    /// Samples copied by this run from the smaller dataset that grows.
    public internal(set) var copied = 0
    /// Samples of this run in all.
    public let total: Int
    /// Bytes of the pixels that this run made.
    public let bytes: Int
  }

  /// What a run did.
  public struct Summary: Sendable {
    /// Samples made, kept and copied, and bytes made.
    public let progress: Progress
    /// The finished files, the index last.
    public let files: [String]
    /// Whether everything was finished before.
    public let wasFinished: Bool
    /// What the user should know.
    public let notes: [String]
  }

  /// What to make.
  public let recipe: Recipe
  /// The files to make it into.
  public let names: OutputNames
  /// This process's part; none for all.
  public let task: ArrayTask?
  /// What to do about output that is there already.
  public let policy: Policy
  /// Threads to make textures with.
  public let threads: Int
  /// Resume even where this machine rounds otherwise than the one that made the samples so far.
  public let allowRounding: Bool

  let sampler: TextureSampler
  let plan: CrewPlan

  /// - Throws: ``DatasetError`` with code `.invalidRecipe` where the recipe cannot be drawn or so divided.
  public init(
    recipe: Recipe, names: OutputNames, task: ArrayTask? = nil, policy: Policy = .refuse, threads: Int,
    allowRounding: Bool = false
  ) throws(DatasetError) {
    precondition(threads >= 1)
    guard names.shardCount <= OutputNames.maximumShardCount else {
      throw DatasetError(
        .invalidRecipe, "\(names.shardCount) shards: expected at most \(OutputNames.maximumShardCount)")
    }
    guard names.shardCount <= recipe.samples else {
      throw DatasetError(
        .invalidRecipe,
        "\(names.shardCount) shards for \(counted(recipe.samples, "sample")): expected at most one shard a sample")
    }
    if let task, task.count > names.shardCount {
      throw DatasetError(
        .invalidRecipe,
        "\(task.count) tasks for \(counted(names.shardCount, "shard")): expected at least one shard a task")
    }
    self.recipe = recipe
    self.names = names
    self.task = task
    self.policy = policy
    self.threads = threads
    self.allowRounding = allowRounding
    sampler = try TextureSampler(recipe)
    plan = CrewPlan(side: recipe.side, threads: threads, samples: recipe.samples)
    _ = try ShardStructure.bytes(of: recipe, samples: recipe.samples)
  }

  /// The shards of this run.
  public var shards: Range<Int> {
    guard let task else { return 0..<names.shardCount }
    return task.index * names.shardCount / task.count..<(task.index + 1) * names.shardCount / task.count
  }

  /// The finished files of this run, the index last.
  public var files: [String] {
    shards.map { names.shard($0) } + (task == nil ? [names.index].compactMap { $0 } : [])
  }

  /// The files that are there now and that ``run(shouldContinue:report:)`` would read: what is to be resumed, or to be replaced.
  public var filesToRead: [String] {
    switch policy {
    case .refuse: []
    case .resume: (files + files.map { OutputNames.partial($0) }).filter { access($0, F_OK) == 0 }
    case .replace: strays() + [names.index].compactMap { $0 }.filter { access($0, F_OK) == 0 }
    }
  }

  /// The samples of this run.
  public var samples: Range<Int> {
    names.samples(ofShard: shards.lowerBound, total: recipe.samples)
      .lowerBound..<names.samples(
        ofShard: shards.upperBound - 1, total: recipe.samples
      ).upperBound
  }

  /// The bytes this run's files will take, at least.
  public var bytes: Int {
    // The initializer has checked that this is in range.
    (try? ShardStructure.bytes(of: recipe, samples: samples.count)) ?? .max
  }

  /// The memory that making textures takes, in bytes, beside the program itself.
  public var memory: Int { plan.bytes(sampler, recipe.dtype) }

  /// The band limit of each scale's candidates, shape (scale, candidate).
  public var bandLimits: [[BandLimit]] { sampler.bandLimits }

  /// The ensemble's variance at every pixel in each class; without `standardize`.
  public var classVariances: [Double] {
    (0..<recipe.classCount).map { recipe.field.variance(choices: recipe.choices(ofClass: $0)) }
  }

  /// Why ``run(shouldContinue:report:)`` would refuse to begin, with the files and the free space as they are now. Blocks while it
  /// reads the headers of finished files.
  public var refusal: DatasetError? {
    do {
      try refuseWhatIsNoFile()
      try refuseWhatCannotWork()
      _ = try indexIsFinished()
      let finished = try finishedShards()
      try refuseRenamedIndex(outgrown: finished.outgrown)
      try refuseLittleDisk(kept: finished.kept)
      return nil
    } catch {
      return error
    }
  }

  /// Makes the files. Blocks until all are complete.
  ///
  /// - Parameters:
  ///   - shouldContinue: asked often, from any thread; the first `false` stops with code `.interrupted` and keeps what is
  ///     finished.
  ///   - report: called from any thread, after each band of rows and each sample.
  public func run(
    shouldContinue: @escaping @Sendable () -> Bool = { true },
    report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws(DatasetError) -> Summary {
    guard let prepared = try prepare(shouldContinue: shouldContinue, report: report) else {
      let progress = Progress(made: 0, kept: samples.count, total: samples.count, bytes: 0)
      return Summary(progress: progress, files: files, wasFinished: true, notes: strayNotes())
    }
    try prepared.publication.run()
    let unlocked =
      prepared.writers.allSatisfy(\.isLocked)
      ? []
      : ["\(names.folder) is on a file system without locks; two runs at a time on one output would not be noticed"]
    return Summary(progress: prepared.progress, files: files, wasFinished: false, notes: strayNotes() + unlocked)
  }

  /// Makes everything that is not there yet, under partial names.
  ///
  /// - Returns: the complete files, to be published; nothing where everything is finished and published.
  func prepare(
    shouldContinue: @escaping @Sendable () -> Bool = { true },
    report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws(DatasetError) -> Prepared? {
    let shouldContinue = latched(shouldContinue)
    try refuseWhatIsNoFile()
    let finished = try finishedShards()
    // Asked in any case: an index of another dataset is refused.
    let indexIsFinished = try indexIsFinished()
    if policy == .resume, finished.kept.count == shards.count, indexIsFinished {
      if task == nil { try removeLinks() }
      return nil
    }
    try refuseWhatCannotWork()
    try refuseRenamedIndex(outgrown: finished.outgrown)
    try refuseLittleDisk(kept: finished.kept)
    try raiseOpenFileLimit(to: shards.count + finished.outgrown.count)

    let createdFolders = try OutputFolder(of: names.path).create()
    // The index's partial file, empty so far, is the lock on the whole dataset.
    var indexLock: LockedFile?
    var writers: [ShardWriter] = []
    let pending: [Pending]
    let former: FormerSamples
    do throws(DatasetError) {
      if task == nil, let index = names.index {
        indexLock = try DatasetIndex.claim(index, recipe: recipe, names: names, replace: policy == .replace)
      }
      try abandonPublication()
      for shard in shards where !finished.kept.contains(shard) {
        guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
        writers.append(try ShardWriter(recipe: recipe, names: names, shard: shard, resume: policy == .resume))
      }
      try syncFolder(names.folder)
      // Another run may have finished between the first look and the locks.
      try refuseFinishedFiles()
      former = try FormerSamples(finished.outgrown)
      pending = try pendingSamples(of: writers, kept: finished.kept, former: former, shouldContinue: shouldContinue)
    } catch {
      if error.code != .interrupted {
        for writer in writers { writer.discardIfNew() }
        if let indexLock, indexLock.isNew { unlink(indexLock.path) }
      }
      OutputFolder.remove(createdFolders)
      throw error
    }

    let kept = samples.count - pending.count
    let progress = try make(pending, kept: kept, former: former, shouldContinue: shouldContinue, report: report)
    guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
    let publication = try complete(writers, index: indexLock, shouldContinue: shouldContinue)
    return Prepared(writers: writers, index: indexLock, progress: progress, publication: publication)
  }
}
