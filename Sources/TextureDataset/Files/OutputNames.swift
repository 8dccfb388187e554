import Foundation

/// The files of a dataset: one shard, or several beside an index.
///
/// `data.h5` in 8 shards is `data-00000-of-00008.h5` to `data-00007-of-00008.h5`, and `data.h5` their index. A file that
/// is being made has `.partial` behind its name.
public struct OutputNames: Sendable {
  /// The dataset's name, as given: the shard itself or the index.
  public let path: String
  /// How many shards.
  public let shardCount: Int

  /// - Parameters:
  ///   - path: the shard itself or the index.
  ///   - shardCount: at least 1.
  public init(path: String, shardCount: Int) {
    precondition(shardCount >= 1)
    self.path = path
    self.shardCount = shardCount
  }

  /// The dataset that a file is a shard of by its name, as `data-00003-of-00008.h5`, and which one.
  static func dataset(ofShard path: String) -> (names: OutputNames, shard: Int)? {
    let ending = OutputNames(path: path, shardCount: 1).ending
    let parts = path.dropLast(ending.count).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 4, let count = Int(parts[parts.count - 1]), let shard = Int(parts[parts.count - 3]),
      count > 1, (0..<count).contains(shard)
    else { return nil }
    let names = OutputNames(path: parts.dropLast(3).joined(separator: "-") + ending, shardCount: count)
    return names.shard(shard) == path ? (names, shard) : nil
  }

  /// Whether a file has the name of one of several shards, finished or not.
  package static func isShard(_ path: String) -> Bool { dataset(ofShard: final(path)) != nil }

  /// The maximum number of shards that five digits can name.
  public static let maximumShardCount = 99_999

  /// The folder of all files.
  public var folder: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// What stands before the names of all files: the folder and a slash; nothing where none was given.
  var folderPrefix: String { path.contains("/") ? folder + (folder == "/" ? "" : "/") : "" }

  /// A shard's file.
  public func shard(_ index: Int) -> String {
    shardCount == 1 ? path : stem + Self.suffix(index, of: shardCount) + ending
  }

  /// The index's file; none for one shard.
  public var index: String? { shardCount == 1 ? nil : path }

  /// The name of a file while it is being made.
  public static func partial(_ path: String) -> String { path + partialEnding }
  static let partialEnding = ".partial"

  /// A second name of a file while a former one of its name is being replaced; see ``Publication``.
  static func link(_ path: String) -> String { partial(path + linkEnding) }
  private static let linkEnding = ".link"

  /// The name that a file takes when it is finished: its own, unless it is a partial one or a link.
  static func final(_ path: String) -> String {
    for ending in [linkEnding + partialEnding, partialEnding] where path.hasSuffix(ending) {
      return String(path.dropLast(ending.count))
    }
    return path
  }

  /// The samples of a shard, of `total` in all: as even as can be, in order.
  public func samples(ofShard shard: Int, total: Int) -> Range<Int> {
    shard * total / shardCount..<(shard + 1) * total / shardCount
  }

  /// The files in the folder, finished or partial, whose names are this dataset's, whatever the number of shards.
  public var filesInFolder: [String] {
    shardsInFolder().map(\.path) + [path, Self.partial(path)].filter { access($0, F_OK) == 0 }
  }

  /// The files in the folder, finished or partial, that are named as shards of this dataset: by their count.
  func shardsInFolder() -> [(path: String, index: Int, count: Int)] {
    let prefix = stem.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? stem
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().compactMap { name in
      guard name.hasPrefix(prefix) else { return nil }
      var rest = name.dropFirst(prefix.count)
      if rest.hasSuffix(Self.partialEnding) { rest = rest.dropLast(Self.partialEnding.count) }
      guard rest.hasSuffix(ending) else { return nil }
      rest = rest.dropLast(ending.count)
      let parts = rest.split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 4, parts[0].isEmpty, parts[2] == "of", parts[1].count == 5, parts[3].count == 5,
        let index = Int(parts[1]), let count = Int(parts[3])
      else { return nil }
      return (folderPrefix + name, index, count)
    }
  }

  private static func suffix(_ index: Int, of count: Int) -> String {
    String(format: "-%05d-of-%05d", index, count)
  }

  /// The name without its ending; the ending with its dot. A dot that begins the name begins no ending.
  private var stem: String { String(path.dropLast(ending.count)) }
  private var ending: String {
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return String(name[dot...])
  }
}
