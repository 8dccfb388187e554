import Foundation

/// The partial files that a run writes, locked during the lifetime of this object.
final class ClaimedFiles {
  /// One for each shard that is not kept.
  private(set) var writers: [ShardWriter] = []
  /// The index's partial file, still empty, which locks the whole dataset; nil for a single shard or a task.
  private(set) var index: LockedFile?
  private var createdFolders: [String] = []

  /// Whether locks keep a second writer away.
  var areLocked: Bool { writers.allSatisfy(\.isLocked) }

  /// Creates the missing files and locks all of them. After an error, call ``release(after:)``.
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

  /// Removes the files and folders that ``claim(for:shouldContinue:)`` created, which contain no samples. After an
  /// interruption they are kept for a later run to resume.
  func release(after error: DatasetError) {
    if error.code != .interrupted {
      for writer in writers { writer.discardIfNew() }
      if let index, index.isNew { unlink(index.path) }
    }
    OutputFolder.remove(createdFolders)
  }
}
