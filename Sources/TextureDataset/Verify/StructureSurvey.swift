import Foundation

/// Everything that the HDF5 library is asked about files before their pixels are read: what a process that may crash does
/// first, for each kind of command.
///
/// What is wrong with a file is left for the command itself to report.
package enum StructureSurvey {
  /// Opens what a reader of a dataset opens, finished or not.
  package static func read(_ path: String) {
    guard !path.hasSuffix(OutputNames.partialEnding), let dataset = try? DatasetFiles(path) else {
      _ = try? ShardHeader(reading: path)
      return
    }
    for file in dataset.files { header(file) }
  }

  /// Opens what `inspect` opens: the file, and the shards of an index.
  package static func inspect(_ path: String) {
    guard let header = try? ShardHeader(reading: path), header.kind == .index else { return }
    read(path)
  }

  /// Opens what `verify` and `repair` open: the dataset's files, finished or partial, and all they say of themselves.
  ///
  /// - Parameter recipe: what the user says that the dataset is; the recipe that its files tell where there is none.
  package static func examine(_ path: String, recipe: Recipe?) {
    guard let dataset = try? DatasetFiles(path) else { return }
    // A shard by itself may be repaired with the help of the others.
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

  /// Opens single files, as `generate` and `index` do, and reads which shards an index names.
  package static func headers(_ path: String) {
    if let header = try? ShardHeader(reading: path), header.kind == .index { _ = try? IndexSources.read(path) }
  }

  /// Opens a file of posteriors.
  package static func posteriors(_ path: String) { _ = try? Posteriors(reading: path) }

  /// A file as it is, or as far as it is.
  private static func header(_ file: String) {
    for name in [file, OutputNames.partial(file)] where access(name, F_OK) == 0 {
      if (try? ShardHeader(reading: name)) == nil { _ = StoredIdentity(reading: name) }
    }
  }
}
