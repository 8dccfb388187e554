import Foundation
import GaussianField

/// Makes a dataset's files: all of them, or one task's part of the shards.
///
/// A run has three phases. A ``DatasetPlan`` refuses everything that can be refused before anything is written. A
/// ``GenerationRun`` makes every shard's structure beside its final name and writes samples into it in any order, each
/// followed by its checksum. A ``Publication`` brings all to the disk and renames it, the index last. Whatever stops a run
/// before that leaves partial files that a later run takes up.
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
  /// Threads to make textures with, at least 1.
  public let threads: Int
  /// Resume even where this machine rounds otherwise than the one that made the samples so far.
  public let allowRounding: Bool

  /// The shards of this run.
  public let shards: Range<Int>
  /// The samples of this run.
  public let samples: Range<Int>
  /// The bytes this run's files will take, at least.
  public let bytes: Int
  /// Draws the textures.
  public let sampler: TextureSampler
  let crewPlan: CrewPlan

  /// - Throws: ``DatasetError`` with code `.invalidRecipe` where the recipe cannot be drawn or so divided, `.memory` where
  ///   the sampler has no room.
  public init(
    recipe: Recipe, names: OutputNames, task: ArrayTask? = nil, policy: Policy = .refuse, threads: Int,
    allowRounding: Bool = false
  ) throws(DatasetError) {
    precondition(threads >= 1)
    let division = try ShardDivision(
      samples: recipe.samples, shardCount: names.shardCount, taskCount: task?.count ?? 1)
    self.recipe = recipe
    self.names = names
    self.task = task
    self.policy = policy
    self.threads = threads
    self.allowRounding = allowRounding
    shards = division.shards(ofTask: task?.index ?? 0)
    let first = names.samples(ofShard: shards.lowerBound, total: recipe.samples).lowerBound
    samples = first..<names.samples(ofShard: shards.upperBound - 1, total: recipe.samples).upperBound
    sampler = try TextureSampler(recipe)
    crewPlan = CrewPlan(shape: recipe.field.shape, threads: threads, samples: recipe.samples)
    // The whole dataset has to be possible, not only a task's part.
    _ = try ShardStructure.bytes(of: recipe, samples: recipe.samples)
    bytes = try ShardStructure.bytes(of: recipe, samples: samples.count)
  }

  /// The index that this run makes; none for a single shard or a task.
  var index: String? { task == nil ? names.index : nil }

  /// The finished files of this run, the index last.
  public var files: [String] { shards.map { names.shard($0) } + [index].compactMap { $0 } }

  /// The files that are there now and that ``run(shouldContinue:report:)`` would read: what is to be resumed, or to be replaced.
  public var filesToRead: [String] {
    switch policy {
    case .refuse: []
    case .resume: (files + files.map { OutputNames.partial($0) }).filter { access($0, F_OK) == 0 }
    case .replace: strays + [names.index].compactMap { $0 }.filter { access($0, F_OK) == 0 }
    }
  }

  /// The memory that making textures takes, in bytes, beside the program itself.
  public var memory: Int { crewPlan.bytes(sampler, recipe.dtype) }

  /// The ensemble's variance at every pixel in each class; without `standardize`.
  public var classVariances: [Double] {
    (0..<recipe.classCount).map { recipe.field.variance(choices: recipe.choices(ofClass: $0)) }
  }

  /// The samples that a run would copy from the smaller dataset that is there, if all of them are intact. Blocks while it
  /// reads the headers of finished files.
  public var samplesToCopy: Int {
    guard task == nil, let existing = try? ExistingFiles(for: self) else { return 0 }
    return existing.outgrown.reduce(0) { $0 + $1.samples.count }
  }

  /// Why ``run(shouldContinue:report:)`` would refuse to begin, with the files and the free space as they are now. Blocks while it
  /// reads the headers of finished files.
  public var refusal: DatasetError? {
    do {
      _ = try DatasetPlan(self)
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
  /// - Throws: ``DatasetError``: what ``refusal`` has; `.outputLocked` where another process writes one of the files;
  ///   `.roundingDiffers` where a sample that is there comes out with other bits here; `.interrupted`; `.diskFull`,
  ///   `.fileSystem` or `.hdf5` where a file cannot be written.
  public func run(
    shouldContinue: @escaping @Sendable () -> Bool = { true },
    report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws(DatasetError) -> Summary {
    let (progress, publication) = try prepare(shouldContinue: shouldContinue, report: report)
    try publication?.run()
    var notes = strayNotes
    if publication?.files.areLocked == false {
      notes.append(
        "\(names.folder) is on a file system without locks; two runs at a time on one output would not be noticed")
    }
    return Summary(progress: progress, files: files, wasFinished: publication == nil, notes: notes)
  }

  /// Makes everything that is not there yet, under partial names.
  ///
  /// - Returns: what was made, and how to publish it unless everything is finished and published.
  func prepare(
    shouldContinue: @escaping @Sendable () -> Bool = { true },
    report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws(DatasetError) -> (progress: Progress, publication: Publication?) {
    let shouldContinue = latched(shouldContinue)
    guard let plan = try DatasetPlan(self) else {
      if task == nil { try IndexRelay.removeLinks(of: names) }
      return (Progress(made: 0, kept: samples.count, total: samples.count, bytes: 0), nil)
    }
    let run = try GenerationRun(plan, shouldContinue: shouldContinue)
    let progress = try run.makeSamples(report: report)
    return (progress, try Publication(of: run.files, for: plan, shouldContinue: shouldContinue))
  }

  /// Shards in the folder, finished or partial, of another count.
  var strays: [String] {
    names.shardsInFolder().filter { $0.count != names.shardCount }.map(\.path)
  }

  private var strayNotes: [String] {
    let strays = strays
    guard policy != .replace || task != nil, let first = strays.first else { return [] }
    return ["\(first)\(strays.count > 1 ? " and \(strays.count - 1) more" : "") of another number of shards left alone"]
  }
}
