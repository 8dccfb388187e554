import Foundation

/// The partial files that a run writes, locked as long as this object is there.
final class ClaimedFiles {
  /// One for each shard that does not stay as it is.
  private(set) var writers: [ShardWriter] = []
  /// The index's partial file, empty so far, which is the lock on the whole dataset; none for a single shard or a task.
  private(set) var index: LockedFile?
  private var createdFolders: [String] = []

  /// Whether the file system keeps a second writer away.
  var areLocked: Bool { writers.allSatisfy(\.isLocked) }

  /// Makes the files that are not there yet, and locks all. After an error, ``release(after:)`` tidies up.
  func claim(for plan: DatasetPlan, shouldContinue: () -> Bool) throws(DatasetError) {
    let generator = plan.generator
    let (recipe, names, policy) = (generator.recipe, generator.names, generator.policy)
    createdFolders = try plan.folder.create()
    if let path = generator.index {
      index = try DatasetIndex.claim(path, recipe: recipe, names: names, replace: policy == .replace)
    }
    if policy == .replace { try IndexRelay.abandon(of: names) }
    for shard in generator.shards where !plan.existing.kept.contains(shard) {
      guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      writers.append(
        try ShardWriter(
          recipe: recipe, names: names, shard: shard, embedding: generator.sampler.embedding, resume: policy == .resume)
      )
    }
    try syncFolder(names.folder)
  }

  /// Removes the files and folders that ``claim(for:shouldContinue:)`` made, as no sample is in them. A run that was
  /// interrupted is resumed from its files, and keeps them.
  func release(after error: DatasetError) {
    if error.code != .interrupted {
      for writer in writers { writer.discardIfNew() }
      if let index, index.isNew { unlink(index.path) }
    }
    OutputFolder.remove(createdFolders)
  }
}
