import Foundation

/// A shard as it is before its first sample, in the folder for temporary files; removed with this object.
///
/// Files of one recipe have one layout, so its header tells where a damaged file has its pixels and checksums.
final class FreshShard: Sendable {
  let header: ShardHeader

  init(_ shard: Int, of recipe: Recipe, names: OutputNames) throws(DatasetError) {
    let path = temporaryPath()
    do throws(DatasetError) {
      try ShardStructure.createShard(at: path, recipe: recipe, names: names, shard: shard)
      header = try ShardHeader(reading: path)
    } catch {
      unlink(path)
      throw error
    }
  }

  deinit { unlink(header.path) }
}

/// A name of its own in the folder for temporary files.
func temporaryPath() -> String { NSTemporaryDirectory() + "/gpgen-\(UUID().uuidString).h5" }
