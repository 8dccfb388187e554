import Foundation

/// A run that may begin. Everything that can be refused before writing is checked here, and nowhere else, given the
/// current files, memory and free space.
struct DatasetPlan {
  let generator: DatasetGenerator
  /// The files that exist already.
  let existing: ExistingFiles
  /// The folder that contains all files.
  let folder: OutputFolder

  /// Checks that a run may begin. Changes nothing. Blocks while it reads the headers of finished files.
  ///
  /// - Returns: nil if everything is finished and published.
  /// - Throws: ``DatasetError`` with code `.outputExists`, `.outputLocked`, `.memory`, `.diskFull` or `.fileSystem`, or
  ///   the error of a finished file that cannot be read.
  init?(_ generator: DatasetGenerator) throws(DatasetError) {
    try Self.refuseNonFiles(generator.files)
    let existing = try ExistingFiles(for: generator)
    // Called in any case, since it refuses an index of another dataset.
    let indexIsFinished = try existing.indexIsFinished()
    if indexIsFinished, existing.kept.count == generator.shards.count { return nil }
    self.generator = generator
    self.existing = existing
    folder = try OutputFolder(of: generator.names.path)
    try generator.crewPlan.refuseMuchMemory(
      generator.sampler, generator.recipe.dtype,
      choose: "fewer --threads, smaller textures (--size, --shape) or larger length scales")
    switch generator.policy {
    case .refuse: try refuseExistingOutput()
    case .resume: try generator.refuseOtherShardCount()
    case .replace: break
    }
    try refuseRenamedIndex()
    try refuseLittleDisk()
    try raiseOpenFileLimit(to: generator.shards.count + existing.outgrown.count)
  }

  /// Refuses folders and devices in place of the files.
  static func refuseNonFiles(_ files: [String]) throws(DatasetError) {
    var status = stat()
    for file in files + files.map({ OutputNames.partial($0) }) {
      if stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
        throw DatasetError(.outputExists, "\(file): exists and is not a file; choose another --out")
      }
    }
  }

  /// Refuses any existing file of the dataset, finished or not.
  private func refuseExistingOutput() throws(DatasetError) {
    // The index first: a run locks it before it creates the shards.
    let partials = generator.files.reversed().map { OutputNames.partial($0) }
    if let partial = partials.first(where: { access($0, F_OK) == 0 }) {
      // If the file is locked, that is the better message.
      _ = try LockedFile(partial, create: false)
      throw DatasetError(
        .outputExists, "\(partial): is unfinished; use --resume to continue it, or --force to start over")
    }
    try refuseFinishedFiles()
    if let stray = generator.strays.first {
      throw DatasetError(
        .outputExists,
        "\(stray): is a shard of a dataset of the same name; use --force to replace it, or choose another --out")
    }
  }

  /// Refuses finished files, unless they may be resumed or replaced.
  func refuseFinishedFiles() throws(DatasetError) {
    guard generator.policy == .refuse else { return }
    if let file = (generator.files + [generator.names.path]).first(where: { access($0, F_OK) == 0 }) {
      throw DatasetError(.outputExists, "\(file): exists; use --force to replace it, or choose another --out")
    }
  }

  /// Refuses to replace shards that an index of another name refers to: it would show the new pixels, or none, under
  /// its own labels.
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
        FilePrefix.isHDF5(file), let prefix = FilePrefix(of: file),
        prefix.contains(ShardStructure.indexFormat), firstShards.contains(where: { prefix.contains($0) })
      else { continue }
      throw DatasetError(
        .outputExists,
        "\(file): is an index of the shards to be replaced, and its labels would not match the new shards; "
          + "remove it, or choose another --out")
    }
  }

  /// Refuses files that do not fit on the disk. A dataset that grows or is replaced coexists with the new one until
  /// that is published; the space that unfinished files occupy is reused.
  private func refuseLittleDisk() throws(DatasetError) {
    let (recipe, names) = (generator.recipe, generator.names)
    var needed = 0
    for shard in generator.shards where !existing.kept.contains(shard) {
      let count = names.samples(ofShard: shard, total: recipe.samples).count
      let allocated = DiskSpace.allocated(to: OutputNames.partial(names.shard(shard)))
      needed += max(0, try ShardStructure.bytes(of: recipe, samples: count) - allocated)
    }
    // The index itself, and the one that relays the previous index.
    if generator.index != nil { needed += 2 * ShardStructure.indexBytes(of: recipe) }
    try DiskSpace.refuse(needed, in: folder.existing, for: names.path, choose: "choose another --out")
  }
}
