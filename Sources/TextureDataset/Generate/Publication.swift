import Foundation

/// The steps that rename a dataset's partial files, replacing the files of a previous dataset.
///
/// Before the first step every new file, including the index, is complete and on the disk under its partial name. The
/// previous dataset's index must never show the new shards under its own labels, so it is replaced before them:
///
/// - An index of the new dataset over hard links to the new shards takes its place. The links remain valid while the
///   shards are renamed, so the index shows one of the two datasets at any moment.
/// - If the file system has no hard links, or several tasks replace the shards, it is removed.
///
/// Then the shards are renamed, then the index, and the rest of the relay and of the previous dataset is removed.
///
/// The folder is synced after each stage, so the disk never has a later one without an earlier one. After a crash one
/// of the datasets can be read; without a relay, the shards may also be of two recipes, which readers refuse. A resumed
/// run completes the steps.
struct Publication {
  /// One change in the folder.
  enum Step: Sendable, Equatable {
    /// Removes a file, if it exists.
    case remove(String)
    /// Links a file under a second name.
    case link(String, String)
    /// Renames a file, replacing another.
    case rename(String, to: String)
    /// Renames a partial file to its final name.
    case takeName(String)
    /// Removes a shard of the previous dataset, unless another process is writing it.
    case removeLeftover(String)
    /// Makes the preceding changes permanent.
    case syncFolder(String)

    func run() throws(DatasetError) {
      switch self {
      case .remove(let path): try removeFile(path)
      case .link(let path, let link): try linkFile(path, as: link)
      case .rename(let path, let name): try renameFile(path, to: name)
      case .takeName(let path): try renameFile(OutputNames.partial(path), to: path)
      case .removeLeftover(let path):
        var lock: LockedFile?
        do {
          lock = try LockedFile(path, create: false)
        } catch {
          // A file that cannot be opened for writing can still be removed.
          guard error.code != .outputLocked else { return }
        }
        try removeFile(path)
        withExtendedLifetime(lock) {}
      case .syncFolder(let folder): try TextureDataset.syncFolder(folder)
      }
    }
  }

  let steps: [Step]
  /// The files, locked until they are renamed.
  let files: ClaimedFiles

  /// Flushes a run's complete files to the disk, and writes the index under its partial name. Blocks.
  ///
  /// - Parameter shouldContinue: called before each shard; `false` stops with code `.interrupted`.
  init(of files: ClaimedFiles, for plan: DatasetPlan, shouldContinue: () -> Bool) throws(DatasetError) {
    self.files = files
    for writer in files.writers {
      guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      try writer.sync()
    }
    let generator = plan.generator
    let names = generator.names
    let staleIndex = Self.staleIndex(for: generator)
    let relay = try Self.writeIndex(over: files, staleIndex: staleIndex, for: generator)
    var stages: [[Step]] = []
    if let staleIndex, let relay {
      stages += [relay.links.map { .link($0.file, $0.link) }, [.rename(relay.file, to: staleIndex)]]
    } else if let staleIndex {
      stages.append([.remove(staleIndex)])
    }
    stages += [files.writers.map { .takeName($0.path) }, generator.index.map { [.takeName($0)] } ?? []]
    stages += [relay?.links.map { .remove($0.link) } ?? [], Self.leftovers(of: generator).map { .removeLeftover($0) }]
    // First sync the partial names of the new files.
    steps = [.syncFolder(names.folder)] + stages.filter { !$0.isEmpty }.flatMap { $0 + [.syncFolder(names.folder)] }
  }

  /// Writes the index over the run's new and kept shards, if the run writes one.
  ///
  /// - Parameter staleIndex: a previous dataset's index that would show the new shards.
  /// - Returns: the relay of the stale index, if there is one and links are supported.
  private static func writeIndex(
    over files: ClaimedFiles, staleIndex: String?, for generator: DatasetGenerator
  ) throws(DatasetError) -> IndexRelay? {
    guard let index = files.index else { return nil }
    let (recipe, names) = (generator.recipe, generator.names)
    let writers = Dictionary(uniqueKeysWithValues: files.writers.map { ($0.path, $0) })
    var (shards, checksums): ([String], [UInt32]) = ([], [])
    for shard in 0..<names.shardCount {
      let path = names.shard(shard)
      if let writer = writers[path] {
        shards.append(OutputNames.partial(path))
        checksums += try writer.stored.checksums()
      } else {
        shards.append(path)
        checksums += try DatasetIndex.header(ofShard: shard, of: recipe, names: names, index: names.path).checksums()
      }
    }
    let embedding = generator.sampler.embedding
    try ShardStructure.createIndex(
      at: index.path, recipe: recipe, names: names, checksums: checksums, embedding: embedding)
    try index.sync()
    guard let staleIndex else { return nil }
    return try IndexRelay(
      of: staleIndex, over: shards, recipe: recipe, names: names, checksums: checksums, embedding: embedding)
  }

  /// The existing index, if it would show the new shards under a previous dataset's labels, or refers to links.
  private static func staleIndex(for generator: DatasetGenerator) -> String? {
    let names = generator.names
    guard let index = names.index, access(index, F_OK) == 0 else { return nil }
    // An unreadable index may be harmful.
    guard let header = try? ShardHeader(reading: index) else { return index }
    guard header.kind == .index, header.shardCount == names.shardCount else { return nil }
    let isStale =
      generator.policy == .replace || header.recipe != generator.recipe || IndexRelay.isShown(by: index, of: names)
    return isStale ? index : nil
  }

  /// The previous dataset's shards with other names than the new ones. Shards of the same names are replaced, or belong
  /// to other tasks.
  private static func leftovers(of generator: DatasetGenerator) -> [String] {
    guard generator.policy == .replace, generator.task == nil else { return [] }
    return generator.strays.filter { (try? ShardHeader(reading: $0)) != nil }
  }

  /// Performs the steps. Blocks until all are permanent.
  func run() throws(DatasetError) {
    for step in steps { try step.run() }
    withExtendedLifetime(files) {}
  }
}
