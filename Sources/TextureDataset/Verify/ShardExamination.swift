import Foundation

/// The examination of a shard's file except for its pixels.
struct ShardExamination: Sendable {
  let shard: DatasetFiles.Shard
  /// The header, if the file is this shard of this dataset and its pixels can be read.
  let header: ShardHeader?
  let faults: [DatasetVerdict.BadFile]

  /// - Parameter comparingNumbers: also read labels and coordinates.
  init(_ shard: DatasetFiles.Shard, names: OutputNames, recipe: Recipe, comparingNumbers: Bool = true) {
    self.shard = shard
    let path = shard.path
    let fault = { (problem: DatasetVerdict.BadFile.Problem, message: String) in
      DatasetVerdict.BadFile(file: path, shard: shard.number, problem: problem, name: nil, message: message)
    }
    guard access(path, F_OK) == 0 else {
      header = nil
      let partial = OutputNames.partial(path)
      faults = [
        access(partial, F_OK) == 0
          ? fault(.unfinished, "\(path): is unfinished; found only \(partial)")
          : fault(.missing, "\(path): does not exist")
      ]
      return
    }
    let found: ShardHeader
    do throws(DatasetError) {
      found = try ShardHeader(reading: path)
    } catch {
      header = nil
      // For another dataset's file, report only that.
      let identity = StoredIdentity(reading: path)
      if let other = identity?.recipe, other != recipe {
        let keys = other.keysThatDiffer(from: recipe).joined(separator: ", ")
        faults = [fault(.foreign, "\(path): belongs to another dataset, whose recipe differs in \(keys)")]
      } else {
        faults =
          [fault(.unreadable, error.message)]
          + StructureCheck.faults(
            ofUnreadable: path, identity, recipe: recipe, names: names, shard: shard.number,
            comparingNumbers: comparingNumbers)
      }
      return
    }
    if let difference = found.difference(from: recipe, names: names, shard: shard.number) {
      header = nil
      let isTwice =
        found.recipe == recipe && found.kind == .shard && found.shardCount == names.shardCount
        && found.shardIndex != shard.number && access(names.shard(found.shardIndex), F_OK) == 0
      faults = [
        isTwice
          ? fault(
            .twice,
            "\(path): is shard \(found.shardIndex), not \(shard.number); \(names.shard(found.shardIndex)) contains the same samples"
          )
          : fault(.foreign, "\(path): does not belong to \(names.path): \(difference)")
      ]
      return
    }
    header = found
    faults =
      StructureCheck(
        of: path, recipe: recipe, names: names, shard: shard.number, comparingNumbers: comparingNumbers
      ).faults
  }
}
