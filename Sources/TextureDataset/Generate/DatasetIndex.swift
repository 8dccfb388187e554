import Foundation
import GaussianField

/// The index over a dataset's shards.
public enum DatasetIndex {
  /// Creates the index of a complete set of shards. A correct existing index is left alone. Blocks while it reads the
  /// shards' headers and checksums.
  ///
  /// - Parameters:
  ///   - path: the path of the index; the shards are named after it, unless it is a renamed index.
  ///   - replace: replace an existing index, after success.
  ///   - taskCount: the number of tasks that make the shards, if known.
  /// - Throws: ``DatasetError`` with code `.missingShard`, naming the missing shards and the tasks that make them;
  ///   `.invalidFile` if a shard belongs to another dataset than the others; `.invalidRecipe` if there are more tasks
  ///   than shards; `.outputExists`.
  public static func create(at path: String, replace: Bool, taskCount: Int? = nil) throws(DatasetError) -> Result {
    let names = try shardNames(of: path)
    let count = names.shardCount
    var division: ShardDivision?
    if let taskCount { division = try ShardDivision(samples: nil, shardCount: count, taskCount: taskCount) }
    try DatasetFiles(index: names.path, shardCount: count).refuseMissingShards(path, division: division)
    let first = try ShardHeader(reading: names.shard(0))
    let recipe = first.recipe
    var stored: [Int: [UInt32]] = [:]
    for shard in 0..<count {
      let header = try header(ofShard: shard, of: recipe, names: names, index: path)
      let samples = try SampleFile(header)
      guard try samples.firstUnfinishedSample() == nil else {
        throw Unfinished.error(path: header.path, files: [header.path], names: names)
      }
      stored[shard] = try samples.checksums()
    }
    if !replace, access(path, F_OK) == 0 {
      guard let fault = IndexCheck.faults(of: path, recipe: recipe, names: names, shards: stored).first else {
        return Result(recipe: recipe, names: names, wasFinished: true)
      }
      throw DatasetError(
        .outputExists,
        "\(path): exists but is not the index of these shards (\(fault.message)); use --force to replace it")
    }
    let checksums = (0..<count).flatMap { stored[$0] ?? [] }
    try write(
      at: path, recipe: recipe, names: names, checksums: checksums, embedding: first.embedding, replace: replace)
    return Result(recipe: recipe, names: names, wasFinished: false)
  }

  /// The names of the shards in an index's folder: derived from its own name, or read from it if it has been renamed.
  private static func shardNames(of path: String) throws(DatasetError) -> OutputNames {
    let found = OutputNames(path: path, shardCount: 2).shardsInFolder()
    let counts = Set(found.map(\.count))
    guard let count = counts.max(), count > 1 else {
      if let dataset = try? DatasetFiles(path), dataset.index == path, dataset.names.path != path {
        return dataset.names
      }
      throw DatasetError(
        .missingShard,
        "\(path): found no shards in its folder; expected names like \(OutputNames(path: path, shardCount: 2).shard(0))"
      )
    }
    guard counts.count == 1 else {
      throw DatasetError(
        .invalidFile,
        "\(path): the folder contains several datasets of this name, with \(counts.sorted().map(String.init).joined(separator: " and ")) shards; keep one here and move the others elsewhere"
      )
    }
    return OutputNames(path: path, shardCount: count)
  }

  /// An index and its dataset.
  public struct Result: Sendable {
    /// The dataset's recipe.
    public let recipe: Recipe
    /// The names of its files.
    public let names: OutputNames
    /// Whether a correct index existed and was left alone.
    public let wasFinished: Bool
  }

  /// Writes the index of a complete set of shards, replacing an existing one.
  ///
  /// - Parameters:
  ///   - checksums: of all samples, as stored in the shards.
  ///   - embedding: for open textures.
  ///   - replace: also replace an unfinished file of another dataset.
  static func write(
    at path: String, recipe: Recipe, names: OutputNames, checksums: [UInt32], embedding: Embedding?, replace: Bool
  ) throws(DatasetError) {
    let lock = try claim(path, recipe: recipe, names: names, replace: replace)
    let partial = lock.path
    do throws(DatasetError) {
      try ShardStructure.createIndex(
        at: partial, recipe: recipe, names: names, checksums: checksums, embedding: embedding)
      try lock.sync()
      try renameFile(partial, to: path)
    } catch {
      if lock.isNew { unlink(partial) }
      throw error
    }
    try syncFolder(names.folder)
  }

  /// Locks the index's partial file. It may be empty, an index of this dataset, or the remains of one after a kill; any
  /// other file of that name is somebody's unfinished work, and is refused unless it may be replaced.
  static func claim(
    _ path: String, recipe: Recipe, names: OutputNames, replace: Bool
  ) throws(DatasetError) -> LockedFile {
    let lock = try LockedFile(OutputNames.partial(path))
    var status = stat()
    guard !lock.isNew, !replace, stat(lock.path, &status) == 0, status.st_size > 0 else { return lock }
    guard try !isOther(lock.path, recipe: recipe, names: names) else {
      throw DatasetError(
        .outputExists,
        "\(lock.path): is an unfinished file, but not an index of these shards; resume it with its own options, or use --force"
      )
    }
    return lock
  }

  /// Whether a partial file is neither an index of these shards nor the remains of one after a kill.
  ///
  /// - Throws: ``DatasetError`` if the file cannot be read, so that the answer is unknown.
  private static func isOther(_ partial: String, recipe: Recipe, names: OutputNames) throws(DatasetError) -> Bool {
    do {
      return try ShardHeader(reading: partial).difference(from: recipe, names: names, shard: nil) != nil
    } catch {
      guard error.code == .hdf5 || error.code == .invalidFile else { throw error }
    }
    // An incomplete index contains nothing of value; a damaged shard may contain samples.
    let file = try OpenedFile(partial)
    try file.read(UInt8.self, count: min(file.size, FilePrefix.maximumBytes), at: 0) { _, _ in true }
    return StoredIdentity(reading: partial)?.kind == .shard
  }

  /// The header of a dataset's shard.
  ///
  /// - Parameter path: the path of the index, for the message.
  /// - Throws: ``DatasetError`` with code `.invalidFile` if the file is not this shard of the dataset.
  static func header(
    ofShard shard: Int, of recipe: Recipe, names: OutputNames, index path: String
  ) throws(DatasetError) -> ShardHeader {
    let header = try ShardHeader(reading: names.shard(shard))
    if let difference = header.difference(from: recipe, names: names, shard: shard) {
      throw DatasetError(.invalidFile, "\(header.path): does not belong to \(path): \(difference)")
    }
    return header
  }
}
