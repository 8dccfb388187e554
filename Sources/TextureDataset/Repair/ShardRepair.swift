import Foundation

/// Decides how a shard is repaired.
enum ShardRepair {
  /// The plan for a shard: in place if its structure is intact, else by rebuilding; nil if there is nothing to repair.
  ///
  /// - Throws: ``DatasetError`` if the repair is refused; nothing has been written.
  static func plan(
    _ shard: DatasetFiles.Shard, in context: RepairContext
  ) throws(DatasetError) -> (any RepairPlan)? {
    // Locked until the plan is applied. For a missing file, its partial file is locked instead.
    let lock = access(shard.path, F_OK) == 0 ? try LockedFile(shard.path, create: false) : nil
    let examination = ShardExamination(shard, names: context.dataset.names, recipe: context.recipe)
    if let lock, let header = examination.header, examination.faults.isEmpty {
      return try InPlaceRepair(header, locked: lock, in: context)
    }
    return try RebuildingRepair(examination, locked: lock, in: context)
  }
}
