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
    _ writers: [ShardWriter], index: LockedFile?, goOn: @Sendable () -> Bool
  ) throws(DatasetError) -> Publication {
    for writer in writers {
      guard goOn() else { throw DatasetError(.interrupted, "stopped") }
      try writer.sync()
    }
    if let index {
      let unnamed = Set(writers.map(\.path))
      let files = (0..<names.shardCount).map { shard in
        let path = names.shard(shard)
        return unnamed.contains(path) ? OutputNames.partial(path) : path
      }
      let checksums = try DatasetIndex.checksums(of: recipe, names: names, files: files)
      try ShardStructure.createIndex(at: index.path, recipe: recipe, names: names, checksums: checksums)
      try index.sync()
    }
    return Publication(
      staleIndex: staleIndex(), shards: writers.map(\.path), index: index == nil ? nil : names.index,
      leftovers: leftovers(), folder: names.folder)
  }

  /// The index in place, if it would show the new shards under the labels of a former dataset.
  func staleIndex() -> String? {
    guard let index = names.index, access(index, F_OK) == 0 else { return nil }
    // One that cannot be read is not known to be harmless.
    guard let header = try? ShardHeader(reading: index) else { return index }
    guard header.kind == .index, header.shardCount == names.shardCount else { return nil }
    return policy == .replace || header.recipe != recipe ? index : nil
  }

  /// The former dataset's shards that have other names than this one's. Those of the same number are replaced, or are
  /// other tasks'.
  private func leftovers() -> [String] {
    guard policy == .replace, task == nil else { return [] }
    return strays().filter { (try? ShardHeader(reading: $0)) != nil }
  }
}
