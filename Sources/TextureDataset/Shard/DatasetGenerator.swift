import Foundation
import GaussianField
import Synchronization

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
    /// Take up what is unfinished; leave what is finished.
    case resume
    /// Make anew, and replace what is there after success.
    case replace
  }

  /// One of several processes that make the shards of one dataset.
  public struct Task: Sendable {
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
    /// Samples finished by this run.
    public let made: Int
    /// Samples found finished.
    public let kept: Int
    /// Samples of this run in all.
    public let total: Int
    /// Bytes of pixels written by this run.
    public let bytes: Int
  }

  /// What a run did.
  public struct Summary: Sendable {
    /// Samples made and kept, and bytes written.
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
  public let task: Task?
  /// What to do about output that is there already.
  public let policy: Policy
  /// Threads to make textures with.
  public let threads: Int
  /// Resume even where this machine rounds otherwise than the one that made the samples so far.
  public let allowRounding: Bool

  private let sampler: TextureSampler
  private let plan: CrewPlan

  /// - Throws: ``DatasetError`` with code `.invalidRecipe` where the recipe cannot be drawn or so divided.
  public init(
    recipe: Recipe, names: OutputNames, task: Task? = nil, policy: Policy = .refuse, threads: Int,
    allowRounding: Bool = false
  ) throws(DatasetError) {
    precondition(threads >= 1)
    guard names.shardCount <= recipe.samples else {
      throw DatasetError(
        .invalidRecipe, "\(names.shardCount) shards for \(recipe.samples) samples: expected at most one shard a sample")
    }
    if let task, task.count > names.shardCount {
      throw DatasetError(
        .invalidRecipe, "\(task.count) tasks for \(names.shardCount) shards: expected at least one shard a task")
    }
    self.recipe = recipe
    self.names = names
    self.task = task
    self.policy = policy
    self.threads = threads
    self.allowRounding = allowRounding
    sampler = try TextureSampler(recipe)
    plan = CrewPlan(side: recipe.side, threads: threads)
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
    (0..<recipe.classCount).map { sampler.variance(choices: recipe.choices(ofClass: $0)) }
  }

  /// Makes the files.
  ///
  /// - Parameters:
  ///   - goOn: asked often, from any thread; `false` stops with code `.interrupted` and keeps what is finished.
  ///   - report: called from any thread, after each sample.
  public func run(
    goOn: @escaping @Sendable () -> Bool = { true },
    report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws(DatasetError) -> Summary {
    try refuseWhatCannotWork()
    let finished = try finishedShards()
    if policy == .resume, finished.count == shards.count, try indexIsFinished() {
      let progress = Progress(made: 0, kept: samples.count, total: samples.count, bytes: 0)
      return Summary(progress: progress, files: files, wasFinished: true, notes: strayNotes())
    }

    // The index's partial file, empty so far, is the lock on the whole dataset.
    let indexLock =
      try task == nil ? names.index.map { name throws(DatasetError) in try LockedFile(OutputNames.partial(name)) } : nil
    var writers: [ShardWriter] = []
    do {
      try raiseOpenFileLimit()
      for shard in shards where !finished.contains(shard) {
        writers.append(try ShardWriter(recipe: recipe, names: names, shard: shard, resume: policy == .resume))
      }
      try refuseLittleDisk(allocated: writers.reduce(0) { $0 + $1.allocatedBytes })
    } catch {
      for writer in writers { writer.discardIfNew() }
      if let indexLock, indexLock.isNew { unlink(indexLock.path) }
      throw error
    }

    let pending = try pendingSamples(of: writers, goOn: goOn)
    let kept = samples.count - pending.count
    let progress = try make(pending, kept: kept, goOn: goOn, report: report)
    guard goOn() else { throw DatasetError(.interrupted, "stopped") }
    try finish(writers, index: indexLock)
    return Summary(progress: progress, files: files, wasFinished: false, notes: strayNotes())
  }

  // MARK: Refusing

  private func refuseWhatCannotWork() throws(DatasetError) {
    let folder = names.folder
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw DatasetError(
        .fileSystem, "\(names.path): the folder \(folder) does not exist; make it, or choose another --out")
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw DatasetError(.fileSystem, "\(names.path): the folder \(folder) is not writable; choose another --out")
    }
    for file in files + files.map({ OutputNames.partial($0) }) {
      if stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
        throw DatasetError(.outputExists, "\(file): exists and is not a file; choose another --out")
      }
    }
    let physical = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
    guard memory < physical else {
      throw DatasetError(
        .invalidRecipe,
        "side \(recipe.side) with these length scales needs \(byteText(memory)) of memory, and this machine has \(byteText(physical)); choose a smaller --size or larger length scales"
      )
    }
    guard policy == .refuse else {
      if policy == .replace { try refuseLittleDisk(allocated: 0) }
      return
    }
    let partials = files.map { OutputNames.partial($0) }.filter { access($0, F_OK) == 0 }
    if let partial = partials.first {
      // A lock says more than a name.
      _ = try LockedFile(partial)
      throw DatasetError(
        .outputExists, "\(partial): is unfinished; use --resume to go on with it, or --force to start anew")
    }
    if let file = files.first(where: { access($0, F_OK) == 0 }) {
      throw DatasetError(.outputExists, "\(file): exists; use --force to replace it, or choose another --out")
    }
    if let stray = strays().first {
      throw DatasetError(
        .outputExists, "\(stray): is a shard of the same name; use --force to replace it, or choose another --out")
    }
    try refuseLittleDisk(allocated: 0)
  }

  /// - Parameter allocated: bytes that the output takes already.
  private func refuseLittleDisk(allocated: Int) throws(DatasetError) {
    var status = statvfs()
    guard statvfs(names.folder, &status) == 0 else { throw .system("\(names.folder): cannot tell the free disk space") }
    let free = Int(status.f_bavail) * Int(status.f_frsize)
    let kept = (try? finishedShards()) ?? []
    let needed = shards.filter { policy != .resume || !kept.contains($0) }.reduce(0) { sum, shard in
      let count = names.samples(ofShard: shard, total: recipe.samples).count
      return sum + ((try? ShardStructure.bytes(of: recipe, samples: count)) ?? 0)
    }
    guard needed - allocated <= free else {
      throw DatasetError(
        .diskFull,
        "\(names.path): needs \(byteText(needed - allocated)), and \(byteText(free)) are free in \(names.folder); free some, or choose another --out"
      )
    }
  }

  /// One file descriptor a shard is held for its lock.
  private func raiseOpenFileLimit() throws(DatasetError) {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return }
    let needed = rlim_t(shards.count + 64)
    if limit.rlim_cur < needed {
      guard limit.rlim_max >= needed else {
        throw DatasetError(
          .invalidRecipe,
          "\(shards.count) shards need as many open files, and the limit is \(limit.rlim_max); use fewer --shards or more tasks"
        )
      }
      limit.rlim_cur = needed
      _ = setrlimit(resource, &limit)
    }
  }

  // MARK: What is there

  /// The shards that are finished and stay as they are.
  private func finishedShards() throws(DatasetError) -> Set<Int> {
    guard policy == .resume else { return [] }
    var finished: Set<Int> = []
    for shard in shards {
      let path = names.shard(shard)
      guard access(path, F_OK) == 0, access(OutputNames.partial(path), F_OK) != 0 else { continue }
      try check(path, shard: shard)
      finished.insert(shard)
    }
    return finished
  }

  private func indexIsFinished() throws(DatasetError) -> Bool {
    guard task == nil, let index = names.index else { return true }
    guard access(index, F_OK) == 0, access(OutputNames.partial(index), F_OK) != 0 else { return false }
    try check(index, shard: nil)
    return true
  }

  private func check(_ path: String, shard: Int?) throws(DatasetError) {
    let header = try ShardHeader(reading: path)
    if let difference = header.difference(from: recipe, names: names, shard: shard) {
      throw DatasetError(
        .outputExists,
        "\(path): is finished, of another dataset: \(difference); use --force to replace it, or choose another --out")
    }
  }

  /// Shards in the folder, finished or partial, of another count.
  private func strays() -> [String] {
    names.shardsInFolder().filter { $0.count != names.shardCount }.map(\.path)
  }

  private func strayNotes() -> [String] {
    policy == .replace ? [] : strays().map { "\($0) is of another number of shards; it was left alone" }
  }

  // MARK: Making

  /// A sample still to be made, and where it goes.
  private struct Pending: Sendable {
    let sample: Int
    let writer: ShardWriter
  }

  /// Memory for reading pixels piece by piece.
  private final class PieceBuffer {
    private let memory = AlignedBuffer<UInt8>(count: 4 << 20)
    var bytes: UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(start: memory.pointer, count: memory.count)
    }
  }

  /// The samples without a checksum that holds; checks one that has it against this machine's own.
  private func pendingSamples(
    of writers: [ShardWriter], goOn: @escaping @Sendable () -> Bool
  ) throws(DatasetError) -> [Pending] {
    guard policy == .resume else { return writers.flatMap { w in w.samples.map { Pending(sample: $0, writer: w) } } }
    var stored: [(pending: Pending, checksum: UInt32)] = []
    for writer in writers {
      let checksums = try writer.checksums()
      for (sample, checksum) in zip(writer.samples, checksums) {
        stored.append((Pending(sample: sample, writer: writer), checksum))
      }
    }
    let all = stored
    let holds = Mutex([Bool](repeating: false, count: all.count))
    try inParallel(all.count, workers: threads, goOn: goOn) { () throws(DatasetError) in
      let buffer = PieceBuffer()
      return { index throws(DatasetError) in
        let (pending, checksum) = all[index]
        guard checksum != 0 else { return }
        if try pending.writer.checksumOfPixels(sample: pending.sample, buffer: buffer.bytes, goOn: goOn) == checksum {
          holds.withLock { $0[index] = true }
        }
      }
    }
    let kept = holds.withLock { $0 }
    if let intact = kept.firstIndex(of: true), !allowRounding {
      let maker = SampleMaker(recipe: recipe, sampler: sampler, plan: plan)
      let checksum = try maker.make(sample: all[intact].pending.sample, goOn: goOn) { _, _ in }
      guard checksum == all[intact].checksum else {
        throw DatasetError(
          .roundingDiffers,
          "\(OutputNames.partial(all[intact].pending.writer.path)): sample \(all[intact].pending.sample) comes out with other last bits here (another processor or FFTW build); resume where it was begun, or use --allow-rounding to mix them"
        )
      }
    }
    return zip(all, kept).filter { !$1 }.map(\.0.pending)
  }

  private func make(
    _ pending: [Pending], kept: Int, goOn: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (Progress) -> Void
  ) throws(DatasetError) -> Progress {
    let made = Atomic(0)
    let bytes = Atomic(0)
    let total = samples.count
    let progress = { @Sendable in
      Progress(
        made: made.load(ordering: .relaxed), kept: kept, total: total, bytes: bytes.load(ordering: .relaxed))
    }
    report(progress())
    try inParallel(pending.count, workers: min(plan.crews, max(1, pending.count)), goOn: goOn) {
      () throws(DatasetError) in
      let maker = SampleMaker(recipe: recipe, sampler: sampler, plan: plan)
      return { index throws(DatasetError) in
        let (sample, writer) = (pending[index].sample, pending[index].writer)
        let checksum = try maker.make(sample: sample, goOn: goOn) { band, offset throws(DatasetError) in
          try writer.write(band, sample: sample, at: offset)
          bytes.add(band.count, ordering: .relaxed)
          report(progress())
        }
        try writer.write(checksum: checksum, sample: sample)
        made.add(1, ordering: .relaxed)
        report(progress())
      }
    }
    return progress()
  }

  // MARK: Finishing

  private func finish(_ writers: [ShardWriter], index: LockedFile?) throws(DatasetError) {
    for writer in writers { try writer.sync() }
    for writer in writers { try rename(OutputNames.partial(writer.path), to: writer.path) }
    if let index, let path = names.index {
      let checksums = try DatasetIndex.checksums(of: recipe, names: names)
      try ShardStructure.createIndex(at: index.path, recipe: recipe, names: names, checksums: checksums)
      try index.sync()
      try syncFolder(names.folder)
      try rename(index.path, to: path)
    }
    try syncFolder(names.folder)
    if policy == .replace {
      for stray in strays() where (try? ShardHeader(reading: stray)) != nil { unlink(stray) }
    }
  }

  private func rename(_ from: String, to: String) throws(DatasetError) {
    guard Foundation.rename(from, to) == 0 else { throw .system("\(from): cannot rename to \(to)") }
  }
}

/// Has `workers` take the numbers under `count` in turn, each with a function of its own; the first error ends all.
///
/// - Parameter makeWorker: called once on each worker's thread.
private func inParallel(
  _ count: Int, workers: Int, goOn: @Sendable () -> Bool,
  _ makeWorker: @Sendable () throws(DatasetError) -> ((Int) throws(DatasetError) -> Void)
) throws(DatasetError) {
  let next = Atomic(0)
  let failure = Mutex<DatasetError?>(nil)
  GaussianField.run(workers) { _ in
    do throws(DatasetError) {
      let work = try makeWorker()
      while failure.withLock({ $0 == nil }) {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        guard goOn() else { throw DatasetError(.interrupted, "stopped") }
        try work(index)
      }
    } catch {
      failure.withLock { $0 = $0 ?? error }
    }
  }
  if let error = failure.withLock({ $0 }) { throw error }
}
