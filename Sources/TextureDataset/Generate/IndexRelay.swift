import Foundation
import GaussianField

/// An index of a new dataset over links to its shards, which replaces the previous dataset's index while the shards are
/// renamed; see ``Publication``.
struct IndexRelay {
  /// The file that replaces the previous index.
  let file: String
  /// All shards of the new dataset, finished or partial, and the links to them.
  let links: [(file: String, link: String)]

  /// Writes the index; nil if the file system has no hard links.
  ///
  /// - Parameters:
  ///   - shards: the new dataset's shards, finished or partial.
  ///   - embedding: for open textures.
  init?(
    of index: String, over shards: [String], recipe: Recipe, names: OutputNames, checksums: [UInt32],
    embedding: Embedding?
  ) throws(DatasetError) {
    links = shards.enumerated().map { ($1, OutputNames.link(names.shard($0))) }
    guard let first = links.first, (try? linkFile(first.file, as: first.link)) != nil else { return nil }
    try removeFile(first.link)
    let lock = try LockedFile(OutputNames.link(index))
    file = lock.path
    do throws(DatasetError) {
      try ShardStructure.createIndex(
        at: file, recipe: recipe, names: names, files: links.map(\.link), checksums: checksums,
        embedding: embedding)
      try lock.sync()
    } catch {
      unlink(file)
      throw error
    }
  }

  /// Whether an index refers to links, because the publication of its dataset was interrupted.
  static func isShown(by index: String, of names: OutputNames) -> Bool {
    let sources = (try? IndexSources.read(index)) ?? []
    return sources.enumerated().contains { shard, source in
      names.folderPrefix + source == OutputNames.link(names.shard(shard))
    }
  }

  /// Removes the remains of an interrupted publication whose dataset is to be replaced: an index over links would show
  /// the new pixels under the labels of the interrupted dataset.
  static func abandon(of names: OutputNames) throws(DatasetError) {
    guard let index = names.index else { return }
    if access(index, F_OK) == 0, isShown(by: index, of: names) {
      try removeFile(index)
      try syncFolder(names.folder)
    }
    try removeLinks(of: names)
  }

  /// Removes the links of a publication, and the index over them unless it has been renamed.
  static func removeLinks(of names: OutputNames) throws(DatasetError) {
    guard let index = names.index else { return }
    for file in (0..<names.shardCount).map({ names.shard($0) }) + [index] { try removeFile(OutputNames.link(file)) }
  }
}
