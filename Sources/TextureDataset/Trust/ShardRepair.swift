import Foundation
import Synchronization

/// The repair of one shard: in place where its structure is whole, else anew beside it.
struct ShardRepair {
  private let shard: DatasetScope.Shard
  private let workshop: RepairWorkshop

  init(_ shard: DatasetScope.Shard, in workshop: RepairWorkshop) {
    self.shard = shard
    self.workshop = workshop
  }

  func run(_ summary: inout DatasetRepairer.Summary) throws(DatasetError) {
    // Locked while it is looked at and mended; a file that is not there has its partial file for that.
    let lock = access(shard.path, F_OK) == 0 ? try LockedFile(shard.path, create: false) : nil
    let examination = ShardExamination(shard, names: workshop.scope.names, recipe: workshop.recipe)
    if let lock, let header = examination.header, examination.faults.isEmpty {
      try mend(header, lock, &summary)
    } else {
      try rebuild(examination, lock, &summary)
    }
  }

  // MARK: In place

  private func mend(
    _ header: ShardHeader, _ lock: LockedFile, _ summary: inout DatasetRepairer.Summary
  ) throws(DatasetError) {
    // Where there is no room to make a structure, its bytes stay as they are, which is no fault.
    if let bytes = try? StructureBytes(ofShard: header, names: workshop.scope.names), !bytes.differences.isEmpty {
      for difference in bytes.differences {
        try difference.expected.withUnsafeBufferPointer { expected throws(DatasetError) in
          try lock.write(UnsafeRawBufferPointer(expected), at: difference.offset)
        }
      }
      try lock.sync()
      summary.polished.append(header.path)
    }
    let sweep = try workshop.sweep(header)
    guard !sweep.bad.isEmpty else { return }
    try workshop.refuseOtherRounding(header, intact: header.samples.first { sweep.bad[$0] == nil })
    let writer = ShardWriter(mending: header, locked: lock)
    let pixels = Atomic(0)
    let stored = sweep.stored
    try workshop.forEach(sweep.bad.keys.sorted()) { sample, maker throws(DatasetError) in
      let isRewritten = Atomic(false)
      let checksum = try maker.make(sample: sample, goOn: workshop.goOn) { band, offset throws(DatasetError) in
        if try holds(band, writer, sample, offset) { return }
        isRewritten.store(true, ordering: .relaxed)
        try writer.write(band, sample: sample, at: offset)
      }
      if stored[sample - header.samples.lowerBound] != checksum {
        try writer.write(checksum: checksum, sample: sample)
      }
      if isRewritten.load(ordering: .relaxed) { pixels.add(1, ordering: .relaxed) }
    }
    try writer.sync()
    let made = pixels.load(ordering: .relaxed)
    summary.made += made
    summary.checksums += sweep.bad.count - made
  }

  /// Whether these bytes stand in the file; not where it does not give them.
  private func holds(
    _ band: UnsafeRawBufferPointer, _ writer: ShardWriter, _ sample: Int, _ offset: Int
  ) throws(DatasetError) -> Bool {
    let buffer = try PieceBuffer(count: band.count)
    defer { withExtendedLifetime(buffer) {} }
    guard (try? writer.read(buffer.bytes, sample: sample, at: offset)) != nil, let made = band.baseAddress,
      let stored = buffer.bytes.baseAddress
    else { return false }
    return memcmp(made, stored, band.count) == 0
  }

  // MARK: Anew

  private func rebuild(
    _ examination: ShardExamination, _ lock: LockedFile?, _ summary: inout DatasetRepairer.Summary
  ) throws(DatasetError) {
    let names = workshop.scope.names
    let writer = try ShardWriter(
      recipe: workshop.recipe, names: names, shard: shard.number, resume: true, path: shard.path)
    let pending: [Int]
    var salvage: SalvageSource?
    do throws(DatasetError) {
      let sweep = try workshop.sweep(writer.header)
      pending = sweep.bad.keys.sorted() + sweep.unfinished(from: writer.samples.lowerBound)
      salvage = lock == nil ? nil : try SalvageSource(examination, like: writer.header, in: workshop)
      let unfinished = Set(pending)
      if let intact = writer.samples.first(where: { !unfinished.contains($0) }) {
        try workshop.refuseOtherRounding(writer.header, intact: intact)
      } else if salvage?.intact == nil {
        try workshop.refuseOtherRounding(nil, intact: nil)
      }
    } catch {
      if error.code != .interrupted { writer.discardIfNew() }
      throw error
    }
    let pixels = salvage?.pixels
    let made = Atomic(0)
    try workshop.forEach(pending) { sample, maker throws(DatasetError) in
      if let pixels, let stored = pixels.storedChecksum(of: sample) {
        let copied = try pixels.checksum(ofPixels: sample) { piece, offset throws(DatasetError) in
          try writer.write(piece, sample: sample, at: offset)
        }
        if copied == stored {
          try writer.write(checksum: stored, sample: sample)
          return
        }
      }
      let checksum = try maker.make(sample: sample, goOn: workshop.goOn) { band, offset throws(DatasetError) in
        try writer.write(band, sample: sample, at: offset)
      }
      try writer.write(checksum: checksum, sample: sample)
      made.add(1, ordering: .relaxed)
    }
    guard workshop.goOn() else { throw DatasetError(.interrupted, "stopped") }
    try writer.sync()
    if lock != nil, !(salvage?.isRecognised ?? false) { try Self.moveAside(shard.path, &summary) }
    try writer.takeName()
    try syncFolder(names.folder)
    summary.made += made.load(ordering: .relaxed)
    summary.rebuilt.append(shard.path)
  }

  /// Keeps a file that is not recognised as a damaged part of the dataset: it may be somebody's.
  static func moveAside(_ path: String, _ summary: inout DatasetRepairer.Summary) throws(DatasetError) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_size > 0 else { return }
    let aside = path + ".replaced"
    guard access(aside, F_OK) != 0 else {
      throw DatasetError(.outputExists, "\(aside): exists; \(path) is of another dataset and would take that name")
    }
    try renameFile(path, to: aside)
    summary.notes.append("\(path) was not a part of this dataset, and is now \(aside)")
  }
}
