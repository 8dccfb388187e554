import GaussianField

extension ShardSchema {
  /// The value of a root attribute.
  enum AttributeValue: Sendable {
    case integer(Int)
    case integers([Int])
    case unsigned(UInt64)
    case double(Double)
    case doubles([Double])
    case string(String)
    case strings([String])
  }

  /// The root attributes of a file, in the order of creation.
  ///
  /// - Parameters:
  ///   - shard: the number of the shard; nil for an index.
  ///   - embedding: for open textures, if known.
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
