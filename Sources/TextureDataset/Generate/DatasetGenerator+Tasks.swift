import Foundation

extension DatasetGenerator {
  /// The number of tasks whose shards are all finished, of tasks that share this dataset. Blocks while it reads the
  /// headers of finished files. Checks what the tasks would refuse about existing files, but not memory or disk space,
  /// which may differ where the tasks run.
  ///
  /// - Parameter count: the number of tasks.
  /// - Precondition: the policy is `.resume`, and this is not a task itself.
  /// - Throws: ``DatasetError`` with code `.outputExists` if a task would refuse an existing file or the index, or the
  ///   error of a finished file that cannot be read; `.invalidRecipe` if there are more tasks than shards.
  public func finishedTasks(of count: Int) throws(DatasetError) -> Int {
    precondition(policy == .resume && task == nil)
    let division = try ShardDivision(samples: recipe.samples, shardCount: names.shardCount, taskCount: count)
    var finished = 0
    for index in 0..<count {
      let part = try DatasetGenerator(self, task: ArrayTask(index: index, count: count), of: division)
      try DatasetPlan.refuseNonFiles(part.files)
      let existing = try ExistingFiles(for: part)
      _ = try existing.indexIsFinished()
      try part.refuseOtherShardCount()
      if existing.kept.count == part.shards.count { finished += 1 }
    }
    return finished
  }

  /// Refuses to resume a dataset whose existing shards all belong to another division.
  func refuseOtherShardCount() throws(DatasetError) {
    let isBegun = files.contains { file in
      access(file, F_OK) == 0 || access(OutputNames.partial(file), F_OK) == 0
    }
    guard !isBegun, let stray = strays.first else { return }
    throw DatasetError(
      .outputExists,
      "\(stray): the existing dataset of this name does not have \(counted(names.shardCount, "shard")); resume with the number of --shards that it has, or use --force to replace it"
    )
  }
}
