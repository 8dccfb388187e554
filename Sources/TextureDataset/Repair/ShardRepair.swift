import Foundation

/// Decides how a shard is repaired.
enum ShardRepair {
  /// The plan for a shard: in place where its structure is whole, else anew beside it; nothing where it is sound.
  ///
  /// - Throws: ``DatasetError`` where the repair is refused; nothing has been written then.
  static func plan(
    _ shard: DatasetFiles.Shard, in context: RepairContext
  ) throws(DatasetError) -> (any RepairPlan)? {
    // Locked from here until the plan is applied; a file that is not there has its partial file for that.
    let lock = access(shard.path, F_OK) == 0 ? try LockedFile(shard.path, create: false) : nil
    let examination = ShardExamination(shard, names: context.dataset.names, recipe: context.recipe)
    if let lock, let header = examination.header, examination.faults.isEmpty {
      return try InPlaceRepair(header, locked: lock, in: context)
    }
    return try RebuildingRepair(examination, locked: lock, in: context)
  }
}
