import Foundation

/// The files that a path means: a whole dataset, or one of its shards. Every command and every reader resolves a path
/// here, and nowhere else.
struct DatasetFiles: Sendable {
  /// One shard's file.
  struct Shard: Sendable {
    let number: Int
    let path: String
  }

  /// The names of the dataset's files; after its shards where the index has been renamed.
  let names: OutputNames
  /// The shards that are meant, there or not.
  let shards: [Shard]
  /// The index, there or not, where a dataset of several shards is meant as a whole.
  let index: String?

  /// The paths of the index and of all shards that are meant, there or not.
  var paths: [String] { (index.map { [$0] } ?? []) + shards.map(\.path) }

  /// - Parameter path: a shard, an index, or a folder with the files of one dataset.
  /// - Throws: ``DatasetError`` with code `.fileSystem` where there is nothing, `.invalidFile` where it is unclear what
  ///   is meant.
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
      // A shard under a name of its own, or a dataset of one.
      self.init(
        names: OutputNames(path: path, shardCount: count), shards: [Shard(number: number, path: path)], index: nil)
      return
    }
    var count = stored?.kind == .index ? stored?.shardCount : nil
    if let count, let named = Self.shards(namedBy: path, count: count) {
      self = named
      return
    }
    // What the names in the folder say counts for more than what a damaged index does.
    let counts = Set(OutputNames(path: path, shardCount: 2).shardsInFolder().map(\.count)).filter { $0 > 1 }
    if count.map({ !counts.contains($0) }) ?? true, let found = counts.first {
      guard counts.count == 1 else {
        throw DatasetError(
          .invalidFile,
          "\(path): the folder has shards of several datasets of this name, in \(counts.sorted().map(String.init).joined(separator: " and ")) shards; move those of one of them elsewhere"
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

  /// The dataset of an index that names other files than those named after it: one that was renamed, or one whose shards
  /// are being replaced.
  private static func shards(namedBy index: String, count: Int) -> DatasetFiles? {
    let derived = OutputNames(path: index, shardCount: count)
    // Reading the names takes time and memory, so the usual case does without.
    let isUsual = (0..<count).allSatisfy {
      access(derived.shard($0), F_OK) == 0 && access(OutputNames.partial(derived.shard($0)), F_OK) != 0
    }
    guard !isUsual, let sources = try? IndexSources.read(index), sources.count == count else { return nil }
    let paths = sources.map { derived.folderPrefix + $0 }
    // The names are trusted where each is a shard's name of one dataset and its file is there.
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

  /// The one dataset whose files are in a folder: its index, or its only shard.
  private static func dataset(inFolder folder: String) throws(DatasetError) -> String {
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    let all = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().map { base + $0 }
    let files = all.filter { !$0.hasSuffix(OutputNames.partialEnding) }
    var found = Set(files.compactMap { OutputNames.dataset(ofShard: $0)?.names.path })
    for file in files where OutputNames.dataset(ofShard: file) == nil {
      guard let identity = StoredIdentity(reading: file), let kind = identity.kind else { continue }
      if kind == .index, let count = identity.shardCount, let dataset = shards(namedBy: file, count: count) {
        // A renamed index stands for the shards that it names.
        found.remove(dataset.names.path)
      }
      found.insert(file)
    }
    if found.isEmpty {
      // A dataset of which nothing is finished.
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
          ? "\(folder): holds no dataset made by gpgen"
          : "\(folder): holds \(found.count) datasets; name one of them: \(found.sorted().prefix(20).joined(separator: ", "))"
      )
    }
    return dataset
  }

  /// The recipe that most of the dataset's files have, the index's where as many have another; none where it is legible
  /// in no file.
  ///
  /// - Parameter siblings: of the dataset's other files, instead of those that are meant.
  func storedRecipe(siblings: Bool = false) -> Recipe? {
    let votes = recipes(siblings: siblings)
    let most = votes.map(\.count).max()
    return votes.first { $0.count == most }?.recipe
  }

  /// The recipes that are legible in the files, finished or else partial, with the number of files that have each, the
  /// index's first.
  ///
  /// - Parameter siblings: of the dataset's other files, instead of those that are meant.
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

  /// The files that are meant, there or not, the index first.
  var files: [String] { [index].compactMap { $0 } + shards.map(\.path) }

  /// All files of the dataset, there or not, the index first.
  private var siblings: [String] { [names.path] + (0..<names.shardCount).map { names.shard($0) } }

  /// Refuses shards that are not all there.
  ///
  /// - Parameters:
  ///   - path: what the error is about.
  ///   - division: of the shards among the tasks that make them, where it is known.
  /// - Throws: ``DatasetError`` with code `.missingShard`, which names the first twenty, and the tasks that owe them.
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

  /// Which tasks make shards that are missing.
  private static func owed(_ missing: [Int], _ division: ShardDivision) -> String {
    let tasks = rangeList(Set(missing.map { division.task(ofShard: $0) }).sorted())
    let isOne = !tasks.contains { $0 == "," || $0 == "-" }
    return "\n\(isOne ? "Task \(tasks)" : "Tasks \(tasks)") of \(division.taskCount) \(isOne ? "owes" : "owe") them: "
      + "run \(isOne ? "it" : "them") again with --resume, as in sbatch --array=\(tasks)"
  }

  /// Whether the index shows links to shards, which have not taken their names yet; see ``Publication``.
  var showsLinks: Bool { shards.contains { $0.path == OutputNames.link(names.shard($0.number)) } }

  /// Where none of the files is finished and some are begun: how far they are, and how to finish them.
  var unfinished: DatasetError? {
    guard files.allSatisfy({ access($0, F_OK) != 0 }) else { return nil }
    let begun = files.map { OutputNames.partial($0) }.filter { access($0, F_OK) == 0 }
    return begun.isEmpty ? nil : Unfinished.error(path: begun[0], files: begun, names: names)
  }
}
