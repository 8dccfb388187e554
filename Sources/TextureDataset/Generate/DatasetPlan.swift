import Foundation

/// A run that may begin: all that can be refused before anything is written has been checked, here and nowhere else, with
/// the files, the memory and the free space as they are now.
struct DatasetPlan {
  let generator: DatasetGenerator
  /// What is there already.
  let existing: ExistingFiles
  /// The folder of all files.
  let folder: OutputFolder

  /// Checks that a run may begin, and changes no file. Blocks while it reads the headers of finished files.
  ///
  /// - Returns: nothing where everything is finished and published.
  /// - Throws: ``DatasetError`` with code `.outputExists`, `.outputLocked`, `.memory`, `.diskFull` or `.fileSystem`, or
  ///   that of a finished file which cannot be read.
  init?(_ generator: DatasetGenerator) throws(DatasetError) {
    try Self.refuseWhatIsNoFile(generator.files)
    let existing = try ExistingFiles(for: generator)
    // Asked in any case: an index of another dataset is refused.
    let indexIsFinished = try existing.indexIsFinished()
    if indexIsFinished, existing.kept.count == generator.shards.count { return nil }
    self.generator = generator
    self.existing = existing
    folder = try OutputFolder(of: generator.names.path)
    try generator.crewPlan.refuseMuchMemory(
      generator.sampler, generator.recipe.dtype,
      choose: "fewer --threads, smaller textures (--size, --shape) or larger length scales")
    switch generator.policy {
    case .refuse: try refuseWhatIsThere()
    case .resume: try refuseOtherShardCount()
    case .replace: break
    }
    try refuseRenamedIndex()
    try refuseLittleDisk()
    try raiseOpenFileLimit(to: generator.shards.count + existing.outgrown.count)
  }

  /// Refuses folders and devices of the files' names.
  private static func refuseWhatIsNoFile(_ files: [String]) throws(DatasetError) {
    var status = stat()
    for file in files + files.map({ OutputNames.partial($0) }) {
      if stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
        throw DatasetError(.outputExists, "\(file): exists and is not a file; choose another --out")
      }
    }
  }

  /// Refuses to resume a dataset of which only shards of another count are there.
  private func refuseOtherShardCount() throws(DatasetError) {
    let isBegun = generator.files.contains { file in
      access(file, F_OK) == 0 || access(OutputNames.partial(file), F_OK) == 0
    }
    guard !isBegun, let stray = generator.strays.first else { return }
    throw DatasetError(
      .outputExists,
      "\(stray): the dataset of this name is in another number of shards, not \(generator.names.shardCount); resume with that --shards, or use --force to replace it"
    )
  }

  /// Refuses any file of the dataset, finished or not.
  private func refuseWhatIsThere() throws(DatasetError) {
    // The index first: a run that writes locks it before it makes the shards.
    let partials = generator.files.reversed().map { OutputNames.partial($0) }
    if let partial = partials.first(where: { access($0, F_OK) == 0 }) {
      // A lock says more than a name.
      _ = try LockedFile(partial, create: false)
      throw DatasetError(
        .outputExists, "\(partial): is unfinished; use --resume to continue it, or --force to start over")
    }
    try refuseFinishedFiles()
    if let stray = generator.strays.first {
      throw DatasetError(
        .outputExists, "\(stray): is a shard of the same name; use --force to replace it, or choose another --out")
    }
  }

  /// Refuses finished files, unless they may be resumed or replaced.
  func refuseFinishedFiles() throws(DatasetError) {
    guard generator.policy == .refuse else { return }
    if let file = (generator.files + [generator.names.path]).first(where: { access($0, F_OK) == 0 }) {
      throw DatasetError(.outputExists, "\(file): exists; use --force to replace it, or choose another --out")
    }
  }

  /// Refuses to replace shards that an index of another name shows: it would show the new pixels, or none, under its own
  /// labels to programs that do not compare the two.
  private func refuseRenamedIndex() throws(DatasetError) {
    guard generator.policy == .replace || !existing.outgrown.isEmpty else { return }
    let names = generator.names
    let firstShards = Set(names.shardsInFolder().map(\.count)).map { count in
      ShardStructure.sourceName(of: OutputNames(path: names.path, shardCount: count).shard(0)) + "\0"
    }
    guard !firstShards.isEmpty else { return }
    let files = (try? FileManager.default.contentsOfDirectory(atPath: names.folder)) ?? []
    for file in files.sorted().map({ names.folderPrefix + $0 }) {
      guard file != names.path, !file.hasSuffix(OutputNames.partialEnding), OutputNames.dataset(ofShard: file) == nil,
        FileBeginning.isHDF5(file), let beginning = FileBeginning(of: file),
        beginning.contains(ShardStructure.indexFormat), firstShards.contains(where: { beginning.contains($0) })
      else { continue }
      throw DatasetError(
        .outputExists,
        "\(file): is an index of the shards that would be replaced, and its labels would not be those of the new ones; "
          + "remove it, or choose another --out")
    }
  }

  /// Refuses files for which the disk has no room. A dataset that grows or is replaced takes its room beside the new one
  /// until that is published; what unfinished files take already is theirs to keep.
  private func refuseLittleDisk() throws(DatasetError) {
    let (recipe, names) = (generator.recipe, generator.names)
    var needed = 0
    for shard in generator.shards where !existing.kept.contains(shard) {
      let count = names.samples(ofShard: shard, total: recipe.samples).count
      let allocated = DiskSpace.allocated(to: OutputNames.partial(names.shard(shard)))
      needed += max(0, try ShardStructure.bytes(of: recipe, samples: count) - allocated)
    }
    // Its own index, and the one that relays a former one.
    if generator.index != nil { needed += 2 * ShardStructure.indexBytes(of: recipe) }
    try DiskSpace.refuse(needed, in: folder.existing, for: names.path, choose: "choose another --out")
  }
}
