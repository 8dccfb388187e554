import Foundation

/// The files that a path refers to: a whole dataset, or one of its shards. Every command and every reader resolves
/// paths here, and nowhere else.
struct DatasetFiles: Sendable {
  /// One shard's file.
  struct Shard: Sendable {
    let number: Int
    let path: String
  }

  /// The names of the dataset's files; derived from the shards if the index has been renamed.
  let names: OutputNames
  /// The shards that the path refers to, whether they exist or not.
  let shards: [Shard]
  /// The index, whether it exists or not, if the path refers to a whole dataset of several shards.
  let index: String?

  /// The paths of the index and the shards, whether they exist or not.
  var paths: [String] { (index.map { [$0] } ?? []) + shards.map(\.path) }

  /// - Parameter path: a shard, an index, or a folder that contains one dataset.
  /// - Throws: ``DatasetError`` with code `.fileSystem` if nothing is there, `.invalidFile` if the path is ambiguous or
  ///   not a dataset.
  init(_ path: String) throws(DatasetError) {
    var status = stat()
    let exists = stat(path, &status) == 0
    let reason = DatasetError.system("\(path): cannot read")
    if exists, status.st_mode & S_IFMT == S_IFDIR {
      try self.init(file: Self.dataset(inFolder: path), reason: reason)
    } else {
      guard !exists || status.st_mode & S_IFMT == S_IFREG else {
        throw DatasetError(.invalidFile, "\(path): is not a file; expected a shard or an index made by gpgen")
      }
      try self.init(file: path, reason: reason)
    }
  }

  private init(file path: String, reason: DatasetError) throws(DatasetError) {
    if path.hasSuffix(OutputNames.partialEnding), access(path, F_OK) == 0 { throw Unfinished.error(partial: path) }
    let exists = access(path, F_OK) == 0
    let stored = exists ? StoredIdentity(reading: path) : nil
    if let (names, shard) = OutputNames.dataset(ofShard: path), stored?.kind != .index {
      guard exists || !names.shardsInFolder().isEmpty || access(names.path, F_OK) == 0 else { throw reason }
      self.init(names: names, shards: [Shard(number: shard, path: path)], index: nil)
      return
    }
    if let stored, stored.kind == .shard, let count = stored.shardCount, let number = stored.shardIndex,
      (0..<count).contains(number)
    {
      // A renamed shard, or a dataset of one shard.
      self.init(
        names: OutputNames(path: path, shardCount: count), shards: [Shard(number: number, path: path)], index: nil)
      return
    }
    var count = stored?.kind == .index ? stored?.shardCount : nil
    if let count, let named = Self.shards(namedBy: path, count: count) {
      self = named
      return
    }
    // The names in the folder are more trustworthy than a damaged index.
    let counts = Set(OutputNames(path: path, shardCount: 2).shardsInFolder().map(\.count)).filter { $0 > 1 }
    if count.map({ !counts.contains($0) }) ?? true, let found = counts.first {
      guard counts.count == 1 else {
        throw DatasetError(
          .invalidFile,
          "\(path): the folder contains several datasets of this name, with \(counts.sorted().map(String.init).joined(separator: " and ")) shards; keep one here and move the others elsewhere"
        )
      }
      count = found
    }
    let isBegun = access(OutputNames.partial(path), F_OK) == 0
    guard exists || count != nil || isBegun else { throw reason }
    self.init(index: path, shardCount: count ?? 1)
  }

  /// The dataset of an index whose shards are named after it.
  init(index path: String, shardCount: Int) {
    let names = OutputNames(path: path, shardCount: shardCount)
    self.init(
      names: names, shards: (0..<shardCount).map { Shard(number: $0, path: names.shard($0)) }, index: names.index)
  }

  private init(names: OutputNames, shards: [Shard], index: String?) {
    self.names = names
    self.shards = shards
    self.index = index
  }

  /// The dataset of an index whose shards are not named after it: a renamed index, or one whose shards are being
  /// replaced.
  private static func shards(namedBy index: String, count: Int) -> DatasetFiles? {
    let derived = OutputNames(path: index, shardCount: count)
    // Reading the names takes time and memory, so the usual case skips it.
    let isUsual = (0..<count).allSatisfy {
      access(derived.shard($0), F_OK) == 0 && access(OutputNames.partial(derived.shard($0)), F_OK) != 0
    }
    guard !isUsual, let sources = try? IndexSources.read(index), sources.count == count else { return nil }
    let paths = sources.map { derived.folderPrefix + $0 }
    // The names are trusted if all are shard names of one dataset and all files exist.
    let datasets = paths.enumerated().map { number, path -> String? in
      let found = OutputNames.dataset(ofShard: OutputNames.final(path))
      return found?.shard == number && found?.names.shardCount == count ? found?.names.path : nil
    }
    guard let dataset = datasets.first.flatMap({ $0 }), datasets.allSatisfy({ $0 == dataset }),
      paths.allSatisfy({ access($0, F_OK) == 0 })
    else { return nil }
    return DatasetFiles(
      names: OutputNames(path: dataset, shardCount: count),
      shards: paths.enumerated().map { Shard(number: $0, path: $1) }, index: index)
  }

  /// The only dataset in a folder: its index, or its only shard.
  private static func dataset(inFolder folder: String) throws(DatasetError) -> String {
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    let all = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().map { base + $0 }
    let files = all.filter { !$0.hasSuffix(OutputNames.partialEnding) }
    var found = Set(files.compactMap { OutputNames.dataset(ofShard: $0)?.names.path })
    for file in files where OutputNames.dataset(ofShard: file) == nil {
      guard let identity = StoredIdentity(reading: file), let kind = identity.kind else { continue }
      if kind == .index, let count = identity.shardCount, let dataset = shards(namedBy: file, count: count) {
        // A renamed index represents the shards that it names.
        found.remove(dataset.names.path)
      }
      found.insert(file)
    }
    if found.isEmpty {
      // A dataset without any finished file.
      for partial in all where partial.hasSuffix(OutputNames.partialEnding) {
        let file = OutputNames.final(partial)
        if let dataset = OutputNames.dataset(ofShard: file)?.names.path {
          found.insert(dataset)
        } else if StoredIdentity(reading: partial)?.kind != nil {
          found.insert(file)
        }
      }
    }
    guard let dataset = found.first, found.count == 1 else {
      throw DatasetError(
        .invalidFile,
        found.isEmpty
          ? "\(folder): contains no gpgen dataset"
          : "\(folder): contains \(found.count) datasets; name one of them: \(found.sorted().prefix(20).joined(separator: ", "))"
      )
    }
    return dataset
  }

  /// The recipe of the majority of the dataset's files (in a tie, the index's); nil if no file has a readable recipe.
  ///
  /// - Parameter siblings: consider all files of the dataset, not only those that the path refers to.
  func storedRecipe(siblings: Bool = false) -> Recipe? {
    let votes = recipes(siblings: siblings)
    let most = votes.map(\.count).max()
    return votes.first { $0.count == most }?.recipe
  }

  /// The readable recipes of the files (of the partial file where there is no finished one), each with the number of
  /// files that have it, the index's first.
  ///
  /// - Parameter siblings: consider all files of the dataset, not only those that the path refers to.
  func recipes(siblings: Bool = false) -> [(recipe: Recipe, count: Int)] {
    var votes: [(recipe: Recipe, count: Int)] = []
    for file in siblings ? self.siblings : files {
      let name = access(file, F_OK) == 0 ? file : OutputNames.partial(file)
      guard let recipe = StoredIdentity(reading: name)?.recipe else { continue }
      if let known = votes.firstIndex(where: { $0.recipe == recipe }) {
        votes[known].count += 1
      } else {
        votes.append((recipe, 1))
      }
    }
    return votes
  }

  /// The files that the path refers to, whether they exist or not, the index first.
  var files: [String] { [index].compactMap { $0 } + shards.map(\.path) }

  /// All files of the dataset, whether they exist or not, the index first.
  private var siblings: [String] { [names.path] + (0..<names.shardCount).map { names.shard($0) } }

  /// Throws if any shard is missing.
  ///
  /// - Parameters:
  ///   - path: the start of the message.
  ///   - division: of the shards among the tasks that make them, if known.
  /// - Throws: ``DatasetError`` with code `.missingShard`, which names the first 20 and the tasks that make them.
  func refuseMissingShards(_ path: String, division: ShardDivision? = nil) throws(DatasetError) {
    let missing = shards.filter { access($0.path, F_OK) != 0 }
    guard !missing.isEmpty else { return }
    let list = missing.prefix(20).map { shard in
      shard.path + (access(OutputNames.partial(shard.path), F_OK) == 0 ? " (unfinished)" : "")
    }
    throw DatasetError(
      .missingShard,
      "\(path): \(missing.count) of \(counted(names.shardCount, "shard")) \(missing.count == 1 ? "is" : "are") missing: "
        + list.joined(separator: ", ") + (missing.count > 20 ? ", …" : "")
        + (division.map { Self.owed(missing.map(\.number), $0) } ?? ""))
  }

  /// Names the tasks that make the missing shards.
  private static func owed(_ missing: [Int], _ division: ShardDivision) -> String {
    let tasks = rangeList(Set(missing.map { division.task(ofShard: $0) }).sorted())
    let isOne = !tasks.contains { $0 == "," || $0 == "-" }
    return "\n\(isOne ? "Task \(tasks)" : "Tasks \(tasks)") of \(division.taskCount) \(isOne ? "makes" : "make") them: "
      + "run \(isOne ? "it" : "them") again with --resume, as in sbatch --array=\(tasks)"
  }

  /// Whether the index refers to links, since the shards have not been renamed yet; see ``Publication``.
  var showsLinks: Bool { shards.contains { $0.path == OutputNames.link(names.shard($0.number)) } }

  /// The error for a dataset without any finished file: reports the progress of the partial ones and how to finish
  /// them. Nil otherwise.
  var unfinished: DatasetError? {
    guard files.allSatisfy({ access($0, F_OK) != 0 }) else { return nil }
    let begun = files.map { OutputNames.partial($0) }.filter { access($0, F_OK) == 0 }
    return begun.isEmpty ? nil : Unfinished.error(path: begun[0], files: begun, names: names)
  }
}
