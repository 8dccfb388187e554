import Foundation

/// The steps that give a dataset's partial files their names, in place of the files of a former dataset.
///
/// Before the first step every new file, the index included, is complete and on the disk under its partial name. An index
/// of the former dataset must never show the new shards under its own labels, so it gives way before them:
///
/// - It is relayed by an index of the new dataset over links to the new shards: hard links, which stay while the shards
///   take their names. The name of the index then leads to one of the two datasets at any moment.
/// - It is removed where the file system has no hard links, or where several tasks replace the shards, each its own.
///
/// Then the shards take their names, after them the index, and what is left of the relay and of the former dataset is
/// removed.
///
/// The folder is synced after each of these, so the disk never has a later one without an earlier one. After a crash
/// either dataset can be read; without a relay, the shards may also be of two recipes, and readers refuse them. A run
/// that resumes completes the steps.
struct Publication {
  /// One change of the folder.
  enum Step: Sendable, Equatable {
    /// Removes a file, if it is there.
    case remove(String)
    /// Gives a file its link as a second name.
    case link(String, String)
    /// Has a file take the place of another.
    case rename(String, to: String)
    /// Gives a partial file its name.
    case takeName(String)
    /// Removes a shard of the former dataset, unless another process is writing it.
    case removeLeftover(String)
    /// Makes the changes before it permanent.
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
  /// The files, locked until they have their names.
  let files: ClaimedFiles

  /// Brings a run's complete files to the disk, and writes the index beside its name. Blocks until they are there.
  ///
  /// - Parameter shouldContinue: asked before each shard; `false` stops with code `.interrupted`.
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
    // The new files' own partial names come first.
    steps = [.syncFolder(names.folder)] + stages.filter { !$0.isEmpty }.flatMap { $0 + [.syncFolder(names.folder)] }
  }

  /// Writes the index over a run's shards and those that stay, unless the run makes none.
  ///
  /// - Parameter staleIndex: a former dataset's index, if it would show the new shards.
  /// - Returns: the index that relays the stale one, if there is one and it can be.
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

  /// The index in place, if it would show the new shards under the labels of a former dataset, or shows links to them.
  private static func staleIndex(for generator: DatasetGenerator) -> String? {
    let names = generator.names
    guard let index = names.index, access(index, F_OK) == 0 else { return nil }
    // One that cannot be read is not known to be harmless.
    guard let header = try? ShardHeader(reading: index) else { return index }
    guard header.kind == .index, header.shardCount == names.shardCount else { return nil }
    let isStale =
      generator.policy == .replace || header.recipe != generator.recipe || IndexRelay.isShown(by: index, of: names)
    return isStale ? index : nil
  }

  /// The former dataset's shards that have other names than the new one's. Those of the same number are replaced, or are
  /// other tasks'.
  private static func leftovers(of generator: DatasetGenerator) -> [String] {
    guard generator.policy == .replace, generator.task == nil else { return [] }
    return generator.strays.filter { (try? ShardHeader(reading: $0)) != nil }
  }

  /// Takes the steps. Blocks until all are permanent.
  func run() throws(DatasetError) {
    for step in steps { try step.run() }
    withExtendedLifetime(files) {}
  }
}
