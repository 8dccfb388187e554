import GaussianField

extension ShardSchema {
  /// The value of an attribute of the root.
  enum AttributeValue: Sendable {
    case integer(Int)
    case integers([Int])
    case unsigned(UInt64)
    case double(Double)
    case doubles([Double])
    case string(String)
    case strings([String])
  }

  /// The attributes of a file, in the order in which they are created.
  ///
  /// - Parameters:
  ///   - shard: which shard the file is; none for an index.
  ///   - embedding: of open textures, where it is known.
  static func attributes(
    of recipe: Recipe, shardCount: Int, shard: Int?, embedding: Embedding?
  ) -> [(name: String, value: AttributeValue)] {
    let ofShards = shard.map { [("shard_index", AttributeValue.integer($0))] } ?? []
    return [
      ("format", .string(shard == nil ? ShardStructure.indexFormat : ShardStructure.shardFormat)),
      ("format_version", .integer(recipe.formatVersion)),
      ("bytes_version", .integer(ShardStructure.bytesVersion)),
      ("recipe", .string(recipe.canonicalJSON)),
      ("dataset_hash", .string(recipe.datasetHash)),
      ("seed", .unsigned(recipe.seed)),
      ("weight", .doubles(recipe.weights)),
      ("class_name", .strings((0..<recipe.classCount).map { recipe.className($0) })),
      ("sample_count", .integer(recipe.samples)),
      ("shard_count", .integer(shardCount)),
    ] + ofShards + (embedding.map(StoredEmbedding.attributes) ?? [])
  }
}
