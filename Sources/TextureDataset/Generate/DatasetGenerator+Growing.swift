import Foundation

/// What is there already when a run resumes: shards that stay, and those of a smaller dataset that grows.
///
/// A dataset grows as it is replaced: the larger one is made under partial names, and then published. Sample i does not
/// depend on the number of samples, so those of the smaller dataset are copied.
extension DatasetGenerator {
  /// The shards of a run that have their final names.
  struct FinishedShards {
    /// Those of this dataset, which stay as they are.
    var kept: Set<Int> = []
    /// Those of the same dataset with fewer samples, which are copied and then replaced.
    var outgrown: [ShardHeader] = []
  }

  /// - Throws: ``DatasetError`` with code `.outputExists` where a shard is of another dataset.
  func finishedShards() throws(DatasetError) -> FinishedShards {
    var finished = FinishedShards()
    guard policy == .resume else { return finished }
    for shard in shards {
      let path = names.shard(shard)
      guard access(path, F_OK) == 0 else { continue }
      if access(OutputNames.partial(path), F_OK) == 0 {
        // Whatever the file is, it was to be replaced when the partial one was begun.
        if let header = try? ShardHeader(reading: path), isOutgrown(header, shard: shard) {
          finished.outgrown.append(header)
        }
      } else {
        let header = try ShardHeader(reading: path)
        if task == nil, isOutgrown(header, shard: shard) {
          finished.outgrown.append(header)
        } else {
          try refuseIfOther(header, shard: shard)
          finished.kept.insert(shard)
        }
      }
    }
    return finished
  }

  /// The samples that a run would copy from the dataset that is there, if all of them are intact.
  public var samplesToCopy: Int {
    guard task == nil, let outgrown = try? finishedShards().outgrown else { return 0 }
    return outgrown.reduce(0) { $0 + $1.samples.count }
  }

  /// Whether a file is that shard of the same dataset with fewer samples.
  ///
  /// - Parameter shard: none for the index.
  func isOutgrown(_ header: ShardHeader, shard: Int?) -> Bool {
    header.difference(from: header.recipe, names: names, shard: shard) == nil
      && header.recipe.keysThatDiffer(from: recipe) == ["samples"] && header.recipe.samples < recipe.samples
  }

  /// Refuses a finished file that is not that shard of this dataset.
  ///
  /// - Parameter shard: none for the index.
  func refuseIfOther(_ header: ShardHeader, shard: Int?) throws(DatasetError) {
    guard let difference = header.difference(from: recipe, names: names, shard: shard) else { return }
    var problem = "is finished, of another dataset: \(difference); use --force to replace it, or choose another --out"
    if header.recipe.keysThatDiffer(from: recipe) == ["samples"] {
      let there = counted(header.recipe.samples, "sample")
      if header.recipe.samples > recipe.samples {
        problem =
          "belongs to a finished dataset of \(there), and a dataset cannot shrink to \(recipe.samples); "
          + "use --samples \(header.recipe.samples), or --force to replace it"
      } else if header.shardCount != names.shardCount {
        problem =
          "belongs to a finished dataset of \(there) in \(counted(header.shardCount, "shard")), "
          + "which cannot grow into \(names.shardCount); use --shards \(header.shardCount), or choose another --out"
      } else if task != nil {
        problem =
          "belongs to a finished dataset of \(there), which a single task cannot grow; "
          + "run the command without --task-index and --task-count, and with --shards \(names.shardCount)"
      }
    }
    throw DatasetError(.outputExists, "\(header.path): \(problem)")
  }
}
