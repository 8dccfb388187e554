import Foundation

/// Errors about files that lack samples.
enum Unfinished {
  /// - Parameter path: the partial file of a shard or an index.
  static func error(partial path: String) -> DatasetError {
    let file = OutputNames.final(path)
    if let names = OutputNames.dataset(ofShard: file)?.names { return error(path: path, files: [path], names: names) }
    // The samples of an index are those of its shards.
    if isEmpty(path) || StoredIdentity(reading: path)?.kind == .index, let dataset = try? DatasetFiles(file),
      dataset.index != nil
    {
      return error(path: path, files: newestFiles(of: dataset), names: dataset.names)
    }
    return error(path: path, files: [path], names: OutputNames(path: file, shardCount: 1))
  }

  /// Throws for a partial file that is still empty, as an index's is until its shards are finished.
  static func refuseEmpty(_ path: String) throws(DatasetError) {
    if path.hasSuffix(OutputNames.partialEnding), isEmpty(path) { throw error(partial: path) }
  }

  private static func isEmpty(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size == 0
  }

  /// - Parameters:
  ///   - path: the start of the message.
  ///   - files: the files to examine, finished or partial.
  ///   - names: of the whole dataset.
  static func error(path: String, files: [String], names: OutputNames) -> DatasetError {
    var (finished, count) = (0, 0)
    var readable: String?
    for file in files {
      guard let header = try? ShardHeader(reading: file), header.kind == .shard else { continue }
      readable = readable ?? file
      finished += (try? SampleFile(header).finishedCount()) ?? 0
      count += header.samples.count
    }
    guard let readable else {
      return DatasetError(
        .unfinished, "\(path): is unfinished and contains no samples yet; run the command that began it with --resume")
    }
    let shards = names.shardCount > 1 ? " --shards \(names.shardCount)" : ""
    return DatasetError(
      .unfinished,
      "\(path): is unfinished, with \(finished) of \(counted(count, "sample")); finish it with: "
        + "gpgen --recipe \(shellWord(readable))\(shards) --out \(shellWord(names.path)) --resume")
  }

  /// The error of a dataset whose publication was interrupted after some shards had been replaced; the others are
  /// complete under their partial names.
  ///
  /// - Returns: nil if the shards (the partial ones where they exist) do not belong to one dataset.
  static func publication(of dataset: DatasetFiles, path: String) -> DatasetError? {
    let files = newestFiles(of: dataset)
    if dataset.showsLinks { return error(path: path, files: files, names: dataset.names) }
    let recipes = files.map { try? ShardHeader(reading: $0).recipe }
    guard files != dataset.shards.map(\.path), let recipe = recipes.first ?? nil,
      recipes.allSatisfy({ $0 == recipe })
    else { return nil }
    return error(path: path, files: files, names: dataset.names)
  }

  /// The shards' partial files where they exist, else the finished ones.
  private static func newestFiles(of dataset: DatasetFiles) -> [String] {
    dataset.shards.map { shard in
      let partial = OutputNames.partial(shard.path)
      return access(partial, F_OK) == 0 ? partial : shard.path
    }
  }
}

/// A word quoted for a POSIX shell, if it contains special characters.
package func shellWord(_ word: String) -> String {
  let safe = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+,./:@%")
  return !word.isEmpty && word.unicodeScalars.allSatisfy(safe.contains)
    ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
}
