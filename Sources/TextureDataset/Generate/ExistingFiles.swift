import Foundation

/// The finished files that a resumed run finds: shards to keep, shards of a smaller dataset that grows, and the index.
///
/// Growing a dataset replaces it: the larger one is generated under partial names, and then published. Sample i does
/// not depend on the number of samples, so the samples of the smaller dataset are copied.
struct ExistingFiles {
  /// The finished shards of this dataset, which are kept.
  private(set) var kept: Set<Int> = []
  /// The shards of the same dataset with fewer samples, to be copied and then replaced.
  private(set) var outgrown: [ShardHeader] = []
  private let generator: DatasetGenerator

  /// - Throws: ``DatasetError`` with code `.outputExists` if a shard belongs to another dataset.
  init(for generator: DatasetGenerator) throws(DatasetError) {
    self.generator = generator
    guard generator.policy == .resume else { return }
    for shard in generator.shards {
      let path = generator.names.shard(shard)
      guard access(path, F_OK) == 0 else { continue }
      if access(OutputNames.partial(path), F_OK) == 0 {
        // An earlier run began the partial file to replace this one, whatever it is.
        if let header = try? ShardHeader(reading: path), isOutgrown(header, shard: shard) { outgrown.append(header) }
        continue
      }
      let header = try ShardHeader(reading: path)
      if generator.task == nil, isOutgrown(header, shard: shard) {
        outgrown.append(header)
      } else {
        try refuseIfOther(header, shard: shard)
        kept.insert(shard)
      }
    }
  }

  /// Whether the index exists or this run writes none. An index of another dataset is refused, since it would be
  /// replaced or show these shards under its own labels.
  func indexIsFinished() throws(DatasetError) -> Bool {
    guard generator.policy == .resume else { return false }
    let names = generator.names
    guard let index = names.index else { return true }
    let isThere = access(index, F_OK) == 0
    if generator.task != nil {
      // The first task that publishes its shards removes the index of the dataset that they replace.
      let isReplacing = generator.shards.contains { access(OutputNames.partial(names.shard($0)), F_OK) == 0 }
      if isThere, !isReplacing {
        let header = try ShardHeader(reading: index)
        // A single file in the index's place, or an index of other shards of this number.
        if header.kind != .index || (header.shardCount == names.shardCount && header.recipe != generator.recipe) {
          try refuseIfOther(header, shard: nil)
        }
      }
      return true
    }
    guard isThere, access(OutputNames.partial(index), F_OK) != 0 else { return false }
    let header = try ShardHeader(reading: index)
    if isOutgrown(header, shard: nil) { return false }
    try refuseIfOther(header, shard: nil)
    return true
  }

  /// Whether a file is the given shard of the same dataset with fewer samples.
  ///
  /// - Parameter shard: nil for the index.
  private func isOutgrown(_ header: ShardHeader, shard: Int?) -> Bool {
    header.difference(from: header.recipe, names: generator.names, shard: shard) == nil
      && header.recipe.keysThatDiffer(from: generator.recipe) == ["samples"]
      && header.recipe.samples < generator.recipe.samples
  }

  /// Refuses a finished file that is not the given shard of this dataset.
  ///
  /// - Parameter shard: nil for the index.
  private func refuseIfOther(_ header: ShardHeader, shard: Int?) throws(DatasetError) {
    let (recipe, names) = (generator.recipe, generator.names)
    guard let difference = header.difference(from: recipe, names: names, shard: shard) else { return }
    var problem =
      "belongs to another finished dataset: \(difference); use --force to replace it, or choose another --out"
    if header.recipe.keysThatDiffer(from: recipe) == ["samples"] {
      let there = counted(header.recipe.samples, "sample")
      if header.recipe.samples > recipe.samples {
        problem =
          "belongs to a finished dataset of \(there), which cannot shrink to \(recipe.samples); "
          + "use --samples \(header.recipe.samples), or --force to replace it"
      } else if header.shardCount != names.shardCount {
        problem =
          "belongs to a finished dataset of \(there) in \(counted(header.shardCount, "shard")), "
          + "which cannot grow into \(names.shardCount); use --shards \(header.shardCount), or choose another --out"
      } else if generator.task != nil {
        problem =
          "belongs to a finished dataset of \(there), which a single task cannot grow; "
          + "run the command without --task-index and --task-count, and with --shards \(names.shardCount)"
      }
    }
    throw DatasetError(.outputExists, "\(header.path): \(problem)")
  }
}
