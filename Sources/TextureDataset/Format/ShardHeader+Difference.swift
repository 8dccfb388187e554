extension ShardHeader {
  /// Describes why this file is not the given shard of the given dataset; nil if it is.
  func difference(from other: Recipe, names: OutputNames, shard: Int?) -> String? {
    if recipe != other { return "its recipe differs in \(recipe.keysThatDiffer(from: other).joined(separator: ", "))" }
    if bytesVersion != ShardStructure.bytesVersion {
      return "its bytes version is \(bytesVersion), this gpgen's \(ShardStructure.bytesVersion)"
    }
    if shardCount != names.shardCount { return "it has \(counted(shardCount, "shard")), not \(names.shardCount)" }
    if kind != (shard == nil ? .index : .shard) { return "it is not \(shard == nil ? "an index" : "a shard")" }
    if let shard, shard != shardIndex { return "it is shard \(shardIndex), not \(shard)" }
    return nil
  }
}
