import Foundation

/// Everything that each kind of command reads through the HDF5 library before it reads pixels. A sandbox process, which
/// may crash, performs it first.
///
/// Faults are left for the command itself to report.
package enum StructureSurvey {
  /// Opens the files that a reader of a dataset opens, finished or not.
  package static func read(_ path: String) {
    guard !path.hasSuffix(OutputNames.partialEnding), let dataset = try? DatasetFiles(path) else {
      _ = try? ShardHeader(reading: path)
      return
    }
    for file in dataset.files { header(file) }
  }

  /// Opens the files that `inspect` opens: the file, and the shards of an index.
  package static func inspect(_ path: String) {
    guard let header = try? ShardHeader(reading: path), header.kind == .index else { return }
    read(path)
  }

  /// Opens what `verify` and `repair` open: the dataset's files, finished or partial, with all attributes and datasets.
  ///
  /// - Parameter recipe: the recipe that the user gave; if nil, the one that the files contain.
  package static func examine(_ path: String, recipe: Recipe?) {
    guard let dataset = try? DatasetFiles(path) else { return }
    // The repair of a single shard may read the others.
    let isShard = dataset.index == nil && dataset.names.shardCount > 1
    if let recipe = recipe ?? dataset.storedRecipe() ?? (isShard ? dataset.storedRecipe(siblings: true) : nil) {
      for shard in dataset.shards {
        _ = ShardExamination(shard, names: dataset.names, recipe: recipe, comparingNumbers: false)
      }
      if let index = dataset.index {
        _ = StructureCheck(of: index, recipe: recipe, names: dataset.names, shard: nil, comparingNumbers: false)
      }
    }
    for file in dataset.files + (isShard ? (0..<dataset.names.shardCount).map { dataset.names.shard($0) } : []) {
      header(file)
    }
  }

  /// Opens single files, as `generate` and `index` do, and reads the names of an index's shards.
  package static func headers(_ path: String) {
    if let header = try? ShardHeader(reading: path), header.kind == .index { _ = try? IndexSources.read(path) }
  }

  /// Opens a file of posteriors.
  package static func posteriors(_ path: String) { _ = try? Posteriors(reading: path) }

  /// Opens a file, and its partial file.
  private static func header(_ file: String) {
    for name in [file, OutputNames.partial(file)] where access(name, F_OK) == 0 {
      if (try? ShardHeader(reading: name)) == nil { _ = StoredIdentity(reading: name) }
    }
  }
}
