import Foundation

/// The steps that give a dataset's partial files their names, in place of the files of a former dataset.
///
/// Before the first step every new file, the index included, is complete and on the disk under its partial name. An index
/// of the former dataset must never show the new shards under its own labels, so it gives way before them:
///
/// - It is relayed by an index of the new dataset over links to the new shards: hard links, which stay while the shards
///   take their names. The name of the index then leads to one of the two datasets at any moment.
/// - It is removed where the file system has no hard links, or where several tasks replace the shards, each its own.
///
/// Then the shards take their names, after them the index, and what is left of the relay and of the former dataset is
/// removed.
///
/// The folder is synced after each of these, so the disk never has a later one without an earlier one. After a crash
/// either dataset can be read; without a relay, the shards may also be of two recipes, and readers refuse them. A run
/// that resumes completes the steps.
struct Publication: Sendable {
  /// One change of the folder.
  enum Step: Sendable, Equatable {
    /// Removes a file, if it is there.
    case remove(String)
    /// Gives a file its link as a second name.
    case link(String, String)
    /// Has a file take the place of another.
    case rename(String, to: String)
    /// Gives a partial file its name.
    case takeName(String)
    /// Removes a shard of the former dataset, unless another process is writing it.
    case removeLeftover(String)
    /// Makes the changes before it permanent.
    case syncFolder(String)

    func run() throws(DatasetError) {
      switch self {
      case .remove(let path): try removeFile(path)
      case .link(let path, let link): try linkFile(path, as: link)
      case .rename(let path, let name): try renameFile(path, to: name)
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

  /// The index of a former dataset, which would show the new shards.
  enum StaleIndex: Sendable, Equatable {
    case removed(String)
    case relayed(Relay)
  }

  /// The index over links that relays a former one.
  struct Relay: Sendable, Equatable {
    /// The name of the former index.
    let index: String
    /// The file that takes its place.
    let file: String
    /// All shards of the new dataset, finished or partial, and the links to them.
    let links: [Link]

    struct Link: Sendable, Equatable {
      let file: String
      let link: String
    }
  }

  let steps: [Step]

  /// - Parameters:
  ///   - staleIndex: the former dataset's index, if it would show the new shards.
  ///   - shards: the shards that take their names.
  ///   - index: the index that takes its name.
  ///   - leftovers: shards of the former dataset that keep their names.
  ///   - folder: the folder of all files.
  init(staleIndex: StaleIndex?, shards: [String], index: String?, leftovers: [String], folder: String) {
    var (before, after): ([[Step]], [Step]) = ([], [])
    switch staleIndex {
    case .none: break
    case .removed(let path): before = [[.remove(path)]]
    case .relayed(let relay):
      before = [relay.links.map { .link($0.file, $0.link) }, [.rename(relay.file, to: relay.index)]]
      after = relay.links.map { .remove($0.link) }
    }
    let stages: [[Step]] =
      before + [
        shards.map { .takeName($0) },
        index.map { [.takeName($0)] } ?? [],
        after,
        leftovers.map { .removeLeftover($0) },
      ]
    // The new files' own partial names come first.
    steps = [.syncFolder(folder)] + stages.filter { !$0.isEmpty }.flatMap { $0 + [.syncFolder(folder)] }
  }

  func run() throws(DatasetError) {
    for step in steps { try step.run() }
  }
}
