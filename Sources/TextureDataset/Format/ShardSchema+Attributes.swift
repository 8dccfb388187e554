extension ShardSchema {
  /// An attribute of the root.
  struct Attribute: Sendable {
    let name: String
    let value: Value

    enum Value: Sendable {
      case integer(Int)
      case unsigned(UInt64)
      case doubles([Double])
      case string(String)
      case strings([String])
    }

    fileprivate init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// The attributes of a file, in the order in which they are created.
  ///
  /// - Parameter shard: which shard the file is; none for an index.
  static func attributes(of recipe: Recipe, shardCount: Int, shard: Int?) -> [Attribute] {
    [
      Attribute("format", .string(shard == nil ? ShardStructure.indexFormat : ShardStructure.shardFormat)),
      Attribute("format_version", .integer(ShardStructure.formatVersion)),
      Attribute("bytes_version", .integer(ShardStructure.bytesVersion)),
      Attribute("recipe", .string(recipe.canonicalJSON)),
      Attribute("dataset_hash", .string(recipe.datasetHash)),
      Attribute("seed", .unsigned(recipe.seed)),
      Attribute("weight", .doubles(recipe.weights)),
      Attribute("class_name", .strings((0..<recipe.classCount).map { recipe.className($0) })),
      Attribute("sample_count", .integer(recipe.samples)),
      Attribute("shard_count", .integer(shardCount)),
    ] + (shard.map { [Attribute("shard_index", .integer($0))] } ?? [])
  }
}
