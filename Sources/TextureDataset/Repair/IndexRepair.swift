import Foundation

/// The repair of a dataset's index, which is rewritten if it is missing or damaged, or if its shards' checksums change.
struct IndexRepair: RepairPlan {
  let neededBytes: Int
  private let path: String
  private let context: RepairContext
  /// The index's own checksums, if it is intact.
  private let checksums: [UInt32]?
  private let foreign: ForeignFile?

  /// - Parameter changingShards: whether shards are repaired first, so that the index may have to change.
  /// - Throws: ``DatasetError`` with code `.outputLocked` if another process is writing the index, `.outputExists` if
  ///   its partial file belongs to another dataset.
  init(_ path: String, changingShards: Bool, in context: RepairContext) throws(DatasetError) {
    self.path = path
    self.context = context
    let (recipe, names) = (context.recipe, context.dataset.names)
    let faults = IndexCheck.faults(of: path, recipe: recipe, names: names, shards: [:])
    let isForeign = faults.contains { $0.problem == .foreign }
    let header = faults.isEmpty ? try ShardHeader(reading: path) : nil
    var sound = try header?.checksums()
    if let header, let checksums = sound {
      // Without space for a fresh structure, these bytes remain unchanged, which is not a fault.
      let bytes = try? StructureComparison(ofIndex: header, names: names, checksums: checksums)
      if bytes?.differences.isEmpty == false { sound = nil }
    }
    checksums = sound
    foreign = isForeign ? try ForeignFile(path) : nil
    guard changingShards || sound == nil else {
      neededBytes = 0
      return
    }
    neededBytes = ShardStructure.indexBytes(of: recipe)
    try context.refuseUnwritableFolder(of: path)
    if access(OutputNames.partial(path), F_OK) == 0 {
      _ = try DatasetIndex.claim(path, recipe: recipe, names: names, replace: false)
    }
  }

  func apply(_ summary: inout DatasetRepairer.Summary) throws(DatasetError) {
    var stored: [UInt32] = []
    let (recipe, names) = (context.recipe, context.dataset.names)
    for shard in 0..<names.shardCount {
      stored += try DatasetIndex.header(ofShard: shard, of: recipe, names: names, index: path).checksums()
    }
    guard checksums != stored else { return }
    try foreign?.moveAside(&summary)
    try DatasetIndex.write(
      at: path, recipe: recipe, names: names, checksums: stored, embedding: context.sampler.embedding, replace: false)
    summary.rebuilt.append(path)
  }
}
