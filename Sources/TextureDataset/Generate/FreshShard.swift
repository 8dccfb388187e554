import Foundation
import GaussianField

/// A shard as it is before its first sample, in the folder for temporary files; removed with this object.
///
/// Files of one recipe have one layout, so its own tells where a damaged file has its pixels and checksums.
final class FreshShard: Sendable {
  let path: String
  let layout: ShardLayout

  init(_ shard: Int, of recipe: Recipe, names: OutputNames, embedding: Embedding?) throws(DatasetError) {
    path = temporaryPath()
    do throws(DatasetError) {
      layout = try ShardStructure.createShard(
        at: path, recipe: recipe, names: names, shard: shard, embedding: embedding)
    } catch {
      unlink(path)
      throw error
    }
  }

  deinit { unlink(path) }
}

/// A name of its own in the folder for temporary files.
func temporaryPath() -> String { NSTemporaryDirectory() + "/gpgen-\(UUID().uuidString).h5" }
