import Foundation
import GaussianField

/// A temporary shard without samples, which is removed with this object.
///
/// Files of one recipe have one layout, so it locates the pixels and checksums of a damaged file.
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

/// A unique path in the folder for temporary files.
func temporaryPath() -> String { NSTemporaryDirectory() + "/gpgen-\(UUID().uuidString).h5" }
