import Foundation

/// The file names of a dataset: one shard, or an index and several shards.
///
/// With 8 shards, `data.h5` is the index of `data-00000-of-00008.h5` to `data-00007-of-00008.h5`. Unfinished files have
/// the suffix `.partial`.
public struct OutputNames: Sendable {
  /// The dataset's name, as given: the shard itself or the index.
  public let path: String
  /// The number of shards.
  public let shardCount: Int

  /// - Parameters:
  ///   - path: the shard itself or the index.
  ///   - shardCount: at least 1.
  public init(path: String, shardCount: Int) {
    precondition(shardCount >= 1)
    self.path = path
    self.shardCount = shardCount
  }

  /// The dataset and the shard number that a name such as `data-00003-of-00008.h5` gives.
  static func dataset(ofShard path: String) -> (names: OutputNames, shard: Int)? {
    let ending = OutputNames(path: path, shardCount: 1).ending
    let parts = path.dropLast(ending.count).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 4, let count = Int(parts[parts.count - 1]), let shard = Int(parts[parts.count - 3]),
      count > 1, (0..<count).contains(shard)
    else { return nil }
    let names = OutputNames(path: parts.dropLast(3).joined(separator: "-") + ending, shardCount: count)
    return names.shard(shard) == path ? (names, shard) : nil
  }

  /// Whether a file is named as one of several shards, finished or not.
  package static func isShard(_ path: String) -> Bool { dataset(ofShard: final(path)) != nil }

  /// The maximum number of shards that five digits can name.
  public static let maximumShardCount = 99_999

  /// The folder that contains all files.
  public var folder: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The folder and a slash, as the prefix of every path; empty if the path has no folder.
  var folderPrefix: String { path.contains("/") ? folder + (folder == "/" ? "" : "/") : "" }

  /// The path of a shard.
  public func shard(_ index: Int) -> String {
    shardCount == 1 ? path : stem + Self.suffix(index, of: shardCount) + ending
  }

  /// The path of the index; nil for a single shard.
  public var index: String? { shardCount == 1 ? nil : path }

  /// The path of a file while it is unfinished.
  public static func partial(_ path: String) -> String { path + partialEnding }
  static let partialEnding = ".partial"

  /// A second name for a file that is about to replace an existing one; see ``Publication``.
  static func link(_ path: String) -> String { partial(path + linkEnding) }
  private static let linkEnding = ".link"

  /// The path without the suffix of a partial file or a link.
  static func final(_ path: String) -> String {
    for ending in [linkEnding + partialEnding, partialEnding] where path.hasSuffix(ending) {
      return String(path.dropLast(ending.count))
    }
    return path
  }

  /// The samples of a shard: `total` samples divided in order, as evenly as possible.
  public func samples(ofShard shard: Int, total: Int) -> Range<Int> {
    shard * total / shardCount..<(shard + 1) * total / shardCount
  }

  /// The samples of consecutive shards.
  func samples(ofShards shards: Range<Int>, total: Int) -> Range<Int> {
    let last = samples(ofShard: shards.upperBound - 1, total: total)
    return samples(ofShard: shards.lowerBound, total: total).lowerBound..<last.upperBound
  }

  /// The existing files of this dataset, finished or partial, for any number of shards.
  public var filesInFolder: [String] {
    shardsInFolder().map(\.path) + [path, Self.partial(path)].filter { access($0, F_OK) == 0 }
  }

  /// The existing shards of this dataset, finished or partial, with the index and the shard count in their names.
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

  /// The path without its extension, and the extension with its dot. A leading dot starts no extension.
  private var stem: String { String(path.dropLast(ending.count)) }
  private var ending: String {
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return String(name[dot...])
  }
}
