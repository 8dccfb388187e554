import Foundation

/// What is refused before anything is written, and what is there already.
extension DatasetGenerator {
  /// Folders and devices of the files' names.
  func refuseWhatIsNoFile() throws(DatasetError) {
    var status = stat()
    for file in files + files.map({ OutputNames.partial($0) }) {
      if stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
        throw DatasetError(.outputExists, "\(file): exists and is not a file; choose another --out")
      }
    }
  }

  func refuseWhatCannotWork() throws(DatasetError) {
    _ = try OutputFolder(of: names.path)
    try refuseMuchMemory()
    let strays = strays()
    if policy == .resume, let stray = strays.first, !files.contains(where: { isBegun($0) }) {
      throw DatasetError(
        .outputExists,
        "\(stray): the dataset of this name is in another number of shards, not \(names.shardCount); resume with that --shards, or use --force to replace it"
      )
    }
    guard policy == .refuse else { return }
    // The index first: a run that writes locks it before it makes the shards.
    if let partial = files.reversed().map({ OutputNames.partial($0) }).first(where: { access($0, F_OK) == 0 }) {
      // A lock says more than a name.
      _ = try LockedFile(partial, create: false)
      throw DatasetError(
        .outputExists, "\(partial): is unfinished; use --resume to continue it, or --force to start over")
    }
    try refuseFinishedFiles()
    if let stray = strays.first {
      throw DatasetError(
        .outputExists, "\(stray): is a shard of the same name; use --force to replace it, or choose another --out")
    }
  }

  /// Refuses textures that the process's memory does not hold.
  private func refuseMuchMemory() throws(DatasetError) {
    try plan.refuseMuchMemory(
      sampler, recipe.dtype, choose: "fewer --threads, a smaller --size or larger length scales")
  }

  func refuseFinishedFiles() throws(DatasetError) {
    guard policy == .refuse else { return }
    if let file = (files + [names.path]).first(where: { access($0, F_OK) == 0 }) {
      throw DatasetError(.outputExists, "\(file): exists; use --force to replace it, or choose another --out")
    }
  }

  /// Refuses to replace shards that an index of another name shows: it would show the new pixels, or none, under its own
  /// labels to programs that do not compare the two.
  func refuseRenamedIndex(outgrown: [ShardHeader]) throws(DatasetError) {
    guard policy == .replace || !outgrown.isEmpty else { return }
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

  /// Whether a file is there, finished or not.
  private func isBegun(_ file: String) -> Bool {
    access(file, F_OK) == 0 || access(OutputNames.partial(file), F_OK) == 0
  }

  /// A dataset that grows or is replaced takes its room beside the new one until that is published.
  ///
  /// - Parameter kept: shards that are there and stay. What unfinished files take already is theirs to keep.
  func refuseLittleDisk(kept: Set<Int>) throws(DatasetError) {
    var needed = 0
    for shard in shards where !kept.contains(shard) {
      let count = names.samples(ofShard: shard, total: recipe.samples).count
      let allocated = DiskSpace.allocated(to: OutputNames.partial(names.shard(shard)))
      needed += max(0, try ShardStructure.bytes(of: recipe, samples: count) - allocated)
    }
    // Its own index, and the one that relays a former one.
    if task == nil, names.index != nil { needed += 2 * ShardStructure.indexBytes(of: recipe) }
    let folder = try OutputFolder(of: names.path).existing
    try DiskSpace.refuse(needed, in: folder, for: names.path, choose: "choose another --out")
  }

  /// Whether the index is there, or none is made; an index of another dataset is refused, since it would be replaced or
  /// show this one's shards under its own labels.
  func indexIsFinished() throws(DatasetError) -> Bool {
    guard policy == .resume else { return false }
    guard let index = names.index else { return true }
    let isThere = access(index, F_OK) == 0
    if task != nil {
      // The first task that publishes its shards removes the index of the dataset that they replace.
      let isReplacing = shards.contains { access(OutputNames.partial(names.shard($0)), F_OK) == 0 }
      if isThere, !isReplacing, staleIndex() != nil { try refuseIfOther(ShardHeader(reading: index), shard: nil) }
      return true
    }
    guard isThere, access(OutputNames.partial(index), F_OK) != 0 else { return false }
    let header = try ShardHeader(reading: index)
    if isOutgrown(header, shard: nil) { return false }
    try refuseIfOther(header, shard: nil)
    return true
  }

  /// Shards in the folder, finished or partial, of another count.
  func strays() -> [String] {
    names.shardsInFolder().filter { $0.count != names.shardCount }.map(\.path)
  }

  func strayNotes() -> [String] {
    let strays = strays()
    guard policy != .replace || task != nil, let first = strays.first else { return [] }
    return ["\(first)\(strays.count > 1 ? " and \(strays.count - 1) more" : "") of another number of shards left alone"]
  }
}
