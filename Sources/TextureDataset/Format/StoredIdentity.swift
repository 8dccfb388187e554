import Foundation

/// The parts of a file's identity that can still be read, however damaged the rest is.
struct StoredIdentity: Sendable {
  let kind: ShardHeader.Kind?
  /// The recipe, if its hash confirms it.
  let recipe: Recipe?
  /// From 1 to ``OutputNames/maximumShardCount``.
  let shardCount: Int?
  let shardIndex: Int?
  /// Whether the HDF5 library can open the file, so that its structure can be examined further.
  let opens: Bool

  /// Reads what is there, through the HDF5 library or else from the file's bytes; nil if neither yields anything.
  init?(reading path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { return nil }
    let attributes = Attributes(reading: path)
    let text = attributes?.recipe == nil ? RecipeText(searching: path) : nil
    guard attributes != nil || text != nil else { return nil }
    kind = attributes?.kind ?? text?.kind
    recipe = attributes?.recipe ?? text?.recipe
    shardCount = attributes?.shardCount
    shardIndex = attributes?.shardIndex
    opens = attributes != nil
  }

  /// The attributes of a file that HDF5 can open.
  private struct Attributes {
    var kind: ShardHeader.Kind?
    var recipe: Recipe?
    var shardCount: Int?
    var shardIndex: Int?

    init?(reading path: String) {
      do throws(DatasetError) {
        let file = try HDF5File(reading: path)
        let root = HDF5Attributes(of: file)
        kind = (try? root.string("format")).flatMap { ShardHeader.Kind(format: $0) }
        let stored = (try? root.string("recipe")).flatMap { try? StoredRecipe($0) }
        let hash = try? root.string("dataset_hash")
        recipe = stored.flatMap { $0.hash == hash ? $0.recipe : nil }
        shardCount = (try? root.integer("shard_count")).flatMap {
          (1...OutputNames.maximumShardCount).contains($0) ? $0 : nil
        }
        shardIndex = try? root.integer("shard_index")
      } catch {
        return nil
      }
    }
  }
}
