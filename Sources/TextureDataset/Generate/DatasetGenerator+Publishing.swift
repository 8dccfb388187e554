import Foundation

/// From complete partial files to a published dataset.
extension DatasetGenerator {
  /// Complete files under their partial names, locked as long as this lives.
  struct Prepared {
    let writers: [ShardWriter]
    let index: LockedFile?
    let progress: Progress
    let publication: Publication
  }

  /// Brings the shards to the disk, and writes the index beside its name.
  func complete(
    _ writers: [ShardWriter], index: LockedFile?, shouldContinue: @Sendable () -> Bool
  ) throws(DatasetError) -> Publication {
    for writer in writers {
      guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      try writer.sync()
    }
    var stale = staleIndex().map { Publication.StaleIndex.removed($0) }
    if let index {
      let unnamed = Set(writers.map(\.path))
      let files = (0..<names.shardCount).map { shard in
        let path = names.shard(shard)
        return unnamed.contains(path) ? OutputNames.partial(path) : path
      }
      let checksums = try DatasetIndex.checksums(of: recipe, names: names, files: files)
      try ShardStructure.createIndex(at: index.path, recipe: recipe, names: names, checksums: checksums)
      try index.sync()
      if case .removed(let path) = stale, let relay = try relay(of: path, over: files, checksums: checksums) {
        stale = .relayed(relay)
      }
    }
    return Publication(
      staleIndex: stale, shards: writers.map(\.path), index: index == nil ? nil : names.index,
      leftovers: leftovers(), folder: names.folder)
  }

  /// Writes the index that relays a former one; none where the file system has no hard links.
  ///
  /// - Parameter files: the new dataset's shards, finished or partial.
  private func relay(
    of index: String, over files: [String], checksums: [UInt32]
  ) throws(DatasetError) -> Publication.Relay? {
    let links = files.enumerated().map { shard, file in
      Publication.Relay.Link(file: file, link: OutputNames.link(names.shard(shard)))
    }
    guard let first = links.first, (try? linkFile(first.file, as: first.link)) != nil else { return nil }
    try removeFile(first.link)
    let file = try LockedFile(OutputNames.link(index))
    do throws(DatasetError) {
      try ShardStructure.createIndex(
        at: file.path, recipe: recipe, names: names, files: links.map(\.link), checksums: checksums)
      try file.sync()
    } catch {
      unlink(file.path)
      throw error
    }
    return Publication.Relay(index: index, file: file.path, links: links)
  }

  /// The index in place, if it would show the new shards under the labels of a former dataset, or shows links to them.
  func staleIndex() -> String? {
    guard let index = names.index, access(index, F_OK) == 0 else { return nil }
    // One that cannot be read is not known to be harmless.
    guard let header = try? ShardHeader(reading: index) else { return index }
    guard header.kind == .index, header.shardCount == names.shardCount else { return nil }
    return policy == .replace || header.recipe != recipe || isRelay(index) ? index : nil
  }

  /// Whether an index shows links, since the publication of its dataset was interrupted.
  private func isRelay(_ index: String) -> Bool {
    let sources = (try? IndexSources.read(index)) ?? []
    return sources.enumerated().contains { shard, source in
      names.folderPrefix + source == OutputNames.link(names.shard(shard))
    }
  }

  /// Removes what an interrupted publication left, if its dataset is to be replaced: an index over links would show the
  /// new pixels under the labels of the interrupted dataset.
  func abandonPublication() throws(DatasetError) {
    guard policy == .replace, let index = names.index else { return }
    if access(index, F_OK) == 0, isRelay(index) {
      try removeFile(index)
      try syncFolder(names.folder)
    }
    try removeLinks()
  }

  /// Removes the links of a publication, and the index over them if it has not taken its name.
  func removeLinks() throws(DatasetError) {
    guard let index = names.index else { return }
    for file in (0..<names.shardCount).map({ names.shard($0) }) + [index] { try removeFile(OutputNames.link(file)) }
  }

  /// The former dataset's shards that have other names than this one's. Those of the same number are replaced, or are
  /// other tasks'.
  private func leftovers() -> [String] {
    guard policy == .replace, task == nil else { return [] }
    return strays().filter { (try? ShardHeader(reading: $0)) != nil }
  }
}
