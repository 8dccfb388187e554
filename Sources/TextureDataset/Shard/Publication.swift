import Foundation

/// The steps that give a dataset's partial files their names, in place of the files of a former dataset.
///
/// Before the first step every new file, the index included, is complete and on the disk under its partial name. Then:
///
/// 1. An index of the former dataset is removed if it would show the new shards: no index ever presents new pixels
///    under old labels.
/// 2. The shards take their names; a dataset of one file has no more than that.
/// 3. The index takes its name. A former dataset of one file, or in another number of shards, can be read until then.
/// 4. Shards of the former dataset that have other names are removed.
///
/// The folder is synced after each of these, so the disk never has a later one without an earlier one. After a crash
/// either dataset can be read, or the shards are of two recipes and readers refuse them; a run that resumes completes
/// the steps.
struct Publication: Sendable {
  /// One change of the folder.
  enum Step: Sendable, Equatable {
    /// Removes a file, if it is there.
    case remove(String)
    /// Gives a partial file its name.
    case takeName(String)
    /// Removes a shard of the former dataset, unless another process is writing it.
    case removeLeftover(String)
    /// Makes the changes before it permanent.
    case syncFolder(String)

    func run() throws(DatasetError) {
      switch self {
      case .remove(let path): try removeFile(path)
      case .takeName(let path): try renameFile(OutputNames.partial(path), to: path)
      case .removeLeftover(let path):
        var lock: LockedFile?
        do {
          lock = try LockedFile(path, create: false)
        } catch {
          // A file that cannot be opened for writing can still be removed.
          guard error.code != .outputLocked else { return }
        }
        try removeFile(path)
        withExtendedLifetime(lock) {}
      case .syncFolder(let folder): try TextureDataset.syncFolder(folder)
      }
    }
  }

  let steps: [Step]

  /// - Parameters:
  ///   - staleIndex: the former dataset's index, if it would show the new shards.
  ///   - shards: the shards that take their names.
  ///   - index: the index that takes its name.
  ///   - leftovers: shards of the former dataset that keep their names.
  ///   - folder: the folder of all files.
  init(staleIndex: String?, shards: [String], index: String?, leftovers: [String], folder: String) {
    let stages: [[Step]] = [
      staleIndex.map { [.remove($0)] } ?? [],
      shards.map { .takeName($0) },
      index.map { [.takeName($0)] } ?? [],
      leftovers.map { .removeLeftover($0) },
    ]
    // The new files' own partial names come first.
    steps = [.syncFolder(folder)] + stages.filter { !$0.isEmpty }.flatMap { $0 + [.syncFolder(folder)] }
  }

  func run() throws(DatasetError) {
    for step in steps { try step.run() }
  }
}
