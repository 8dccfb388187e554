import Foundation

/// Checks an index against the recipe and its shards.
enum IndexCheck {
  /// - Parameter shards: the stored checksums of the shards that can be read, by the shard's number.
  static func faults(
    of path: String, recipe: Recipe, names: OutputNames, shards: [Int: [UInt32]]
  ) -> [DatasetVerdict.BadFile] {
    let fault = { (problem: DatasetVerdict.BadFile.Problem, name: String?, message: String) in
      DatasetVerdict.BadFile(file: path, shard: nil, problem: problem, name: name, message: message)
    }
    guard access(path, F_OK) == 0 else {
      return [fault(.missing, nil, "\(path): the index does not exist; create it with: gpgen index \(path)")]
    }
    let header: ShardHeader
    let checksums: [UInt32]
    do throws(DatasetError) {
      header = try ShardHeader(reading: path)
      checksums = try header.checksums()
    } catch {
      return [fault(.unreadable, nil, error.message)]
        + StructureCheck.faults(
          ofUnreadable: path, StoredIdentity(reading: path), recipe: recipe, names: names, shard: nil)
    }
    if let difference = header.difference(from: recipe, names: names, shard: nil) {
      return [fault(.foreign, nil, "\(path): is not the index of these shards: \(difference)")]
    }
    var faults = StructureCheck(of: path, recipe: recipe, names: names, shard: nil).faults
    let others = shards.sorted { $0.key < $1.key }.flatMap { shard, stored in
      zip(names.samples(ofShard: shard, total: recipe.samples), stored).filter { checksums[$0] != $1 }.map(\.0)
    }
    if let first = others.first {
      let what =
        others.count == 1
        ? "the checksum of sample \(first) differs from the shard's"
        : "the checksums of \(others.count) samples, the first \(first), differ from the shards'"
      faults.append(fault(.checksums, "crc32c", "\(path): \(what)"))
    }
    return faults
  }
}
