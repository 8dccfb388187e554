import Foundation

/// The files that a name means: a whole dataset, or one of its shards.
struct DatasetScope: Sendable {
  /// One shard's file.
  struct Shard: Sendable {
    let number: Int
    let path: String
  }

  /// The names of the dataset's files.
  let names: OutputNames
  /// The shards that are meant, there or not.
  let shards: [Shard]
  /// The index, where a dataset of several shards is meant as a whole.
  let index: String?

  /// - Parameter path: a shard, an index, or a folder with the files of one dataset.
  /// - Throws: ``DatasetError`` with code `.fileSystem` where there is nothing, `.invalidFile` where it is unclear what
  ///   is meant.
  init(_ path: String) throws(DatasetError) {
    var status = stat()
    let exists = stat(path, &status) == 0
    let reason = DatasetError.system("\(path): cannot read")
    if exists, status.st_mode & S_IFMT == S_IFDIR {
      try self.init(file: Self.dataset(inFolder: path), exists: true, reason: reason)
    } else {
      guard !exists || status.st_mode & S_IFMT == S_IFREG else {
        throw DatasetError(.invalidFile, "\(path): is not a file; expected a shard or an index made by gpgen")
      }
      try self.init(file: path, exists: exists, reason: reason)
    }
  }

  private init(file path: String, exists: Bool, reason: DatasetError) throws(DatasetError) {
    if path.hasSuffix(OutputNames.partialEnding) {
      throw DatasetError(.invalidFile, "\(path): is unfinished; gpgen --resume with its own options goes on with it")
    }
    let stored = exists ? StoredIdentity(reading: path) : nil
    if let (names, shard) = OutputNames.dataset(ofShard: path), stored?.kind != .index {
      guard exists || !names.shardsInFolder().isEmpty || access(names.path, F_OK) == 0 else { throw reason }
      self.init(names: names, shards: [Shard(number: shard, path: path)], index: nil)
      return
    }
    if let stored, stored.kind == .shard, let count = stored.shardCount, let number = stored.shardIndex,
      (0..<count).contains(number)
    {
      // A shard under a name of its own, or a dataset of one.
      self.init(
        names: OutputNames(path: path, shardCount: count), shards: [Shard(number: number, path: path)], index: nil)
      return
    }
    // What the names in the folder say counts for more than what a damaged index does.
    let counts = Set(OutputNames(path: path, shardCount: 2).shardsInFolder().map(\.count)).filter { $0 > 1 }
    var count = stored?.kind == .index ? stored?.shardCount : nil
    if count.map({ !counts.contains($0) }) ?? true, let found = counts.first {
      guard counts.count == 1 else {
        throw DatasetError(
          .invalidFile,
          "\(path): shards of several datasets beside it, in \(counts.sorted().map(String.init).joined(separator: " and ")) shards; move those of one of them elsewhere"
        )
      }
      count = found
    }
    guard exists || count != nil else { throw reason }
    let names = OutputNames(path: path, shardCount: count ?? 1)
    self.init(
      names: names, shards: (0..<names.shardCount).map { Shard(number: $0, path: names.shard($0)) }, index: names.index)
  }

  private init(names: OutputNames, shards: [Shard], index: String?) {
    self.names = names
    self.shards = shards
    self.index = index
  }

  /// The one dataset whose files are in a folder: its index, or its only shard.
  private static func dataset(inFolder folder: String) throws(DatasetError) -> String {
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().map { base + $0 }
    var found = Set(files.compactMap { OutputNames.dataset(ofShard: $0)?.names.path })
    for file in files where StoredIdentity(reading: file)?.kind != nil && OutputNames.dataset(ofShard: file) == nil {
      if !file.hasSuffix(OutputNames.partialEnding) { found.insert(file) }
    }
    guard let dataset = found.first, found.count == 1 else {
      throw DatasetError(
        .invalidFile,
        found.isEmpty
          ? "\(folder): holds no dataset made by gpgen"
          : "\(folder): holds \(found.count) datasets; name one of them: \(found.sorted().prefix(20).joined(separator: ", "))"
      )
    }
    return dataset
  }

  /// The recipe that most of the dataset's files have, the index's where as many have another; none where it is legible
  /// in no file.
  var storedRecipe: Recipe? {
    let votes = recipes()
    let most = votes.map(\.count).max()
    return votes.first { $0.count == most }?.recipe
  }

  /// The recipes that are legible in the files, with the number of files that have each, the index's first.
  ///
  /// - Parameter siblings: of the dataset's other files, instead of those that are meant.
  func recipes(siblings: Bool = false) -> [(recipe: Recipe, count: Int)] {
    let files =
      siblings
      ? [names.path] + (0..<names.shardCount).map { names.shard($0) } : [index].compactMap { $0 } + shards.map(\.path)
    var votes: [(recipe: Recipe, count: Int)] = []
    for file in files {
      guard let recipe = StoredIdentity(reading: file)?.recipe else { continue }
      if let known = votes.firstIndex(where: { $0.recipe == recipe }) {
        votes[known].count += 1
      } else {
        votes.append((recipe, 1))
      }
    }
    return votes
  }
}
