import Foundation
import Synchronization

/// The repair of a shard that is missing, or whose structure, labels or attributes are damaged: it is rebuilt under its
/// partial name with the intact samples of the old file, and then renamed.
struct RebuildingRepair: RepairPlan {
  let neededBytes: Int
  let freedBytes: Int
  private let shard: DatasetFiles.Shard
  private let context: RepairContext
  /// The lock on the old file, if it exists.
  private let old: LockedFile?
  /// The partial file of an interrupted repair or run, and its header if it contains samples.
  private let partial: (file: LockedFile, header: ShardHeader?)?
  /// The samples that the partial file lacks.
  private let pending: [Int]
  private let salvage: SalvageSource?
  private let foreign: ForeignFile?

  /// Plans the repair.
  ///
  /// - Throws: ``DatasetError`` with code `.outputLocked` if another process is writing the shard, `.outputExists` if
  ///   the partial file belongs to another dataset, `.roundingDiffers` if this machine regenerates samples with
  ///   different bits.
  init(_ examination: ShardExamination, locked old: LockedFile?, in context: RepairContext) throws(DatasetError) {
    shard = examination.shard
    self.context = context
    self.old = old
    let (recipe, names) = (context.recipe, context.dataset.names)
    let samples = names.samples(ofShard: shard.number, total: recipe.samples)
    try context.refuseUnwritableFolder(of: shard.path)

    var resumed: ShardHeader?
    if access(OutputNames.partial(shard.path), F_OK) == 0 {
      let file = try LockedFile(OutputNames.partial(shard.path), create: false)
      resumed = try PartialShard(
        path: file.path, recipe: recipe, names: names, shard: shard.number, embedding: context.sampler.embedding
      ).header()
      partial = (file, resumed)
    } else {
      partial = nil
    }
    var intact: Int?
    if let resumed {
      let sweep = try context.sweep(resumed)
      pending = sweep.bad.keys.sorted() + sweep.unfinished(from: samples.lowerBound)
      let unfinished = Set(pending)
      intact = samples.first { !unfinished.contains($0) }
    } else {
      pending = Array(samples)
    }

    if old == nil {
      salvage = nil
    } else {
      let known = (examination.header ?? resumed)?.layout
      let layout =
        if let known {
          known
        } else {
          try FreshShard(shard.number, of: recipe, names: names, embedding: context.sampler.embedding).layout
        }
      salvage = try SalvageSource(examination, layout: layout, in: context)
    }
    if intact != nil || salvage?.intact == nil { try context.refuseOtherRounding(resumed, intact: intact) }
    foreign = old == nil || salvage?.isRecognised == true ? nil : try ForeignFile(shard.path)

    let bytes = try ShardStructure.bytes(of: recipe, samples: samples.count)
    neededBytes = max(0, bytes - DiskSpace.allocated(to: OutputNames.partial(shard.path)))
    freedBytes = foreign == nil ? DiskSpace.allocated(to: shard.path) : 0
  }

  func apply(_ summary: inout DatasetRepairer.Summary) throws(DatasetError) {
    let writer = try makeWriter()
    let pixels = salvage?.pixels
    let made = Atomic(0)
    try context.forEach(pending) { sample, generator throws(DatasetError) in
      if let pixels, try writer.copy(sample, from: pixels, shouldContinue: context.shouldContinue) { return }
      let checksum = try generator.make(sample: sample, shouldContinue: context.shouldContinue) {
        band, offset throws(DatasetError) in
        try writer.write(band, sample: sample, at: offset)
      }
      try writer.write(checksum: checksum, sample: sample)
      made.add(1, ordering: .relaxed)
    }
    guard context.shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
    try writer.sync()
    try foreign?.moveAside(&summary)
    try writer.takeName()
    try syncFolder(context.dataset.names.folder)
    withExtendedLifetime(old) {}
    summary.made += made.load(ordering: .relaxed)
    summary.rebuilt.append(shard.path)
  }

  private func makeWriter() throws(DatasetError) -> ShardWriter {
    let (recipe, names) = (context.recipe, context.dataset.names)
    let embedding = context.sampler.embedding
    guard let partial else {
      return try ShardWriter(
        recipe: recipe, names: names, shard: shard.number, embedding: embedding, resume: true, path: shard.path)
    }
    return try ShardWriter(
      recipe: recipe, names: names, shard: shard.number, embedding: embedding, path: shard.path, locked: partial.file,
      resuming: partial.header?.layout)
  }
}
