import Foundation
import Synchronization

/// The repair of a shard whose structure is intact: bad samples are regenerated in place, first the pixels and then the
/// checksum.
struct InPlaceRepair: RepairPlan {
  let neededBytes: Int
  private let header: ShardHeader
  private let file: LockedFile
  private let context: RepairContext
  /// Structure bytes that no reader uses and that differ from a fresh file's.
  private let differences: [StructureComparison.Difference]
  private let sweep: ChecksumSweep

  /// Plans the repair; nil if the shard is intact.
  ///
  /// - Throws: ``DatasetError`` with code `.roundingDiffers` if this machine regenerates samples with different bits.
  init?(_ header: ShardHeader, locked file: LockedFile, in context: RepairContext) throws(DatasetError) {
    self.header = header
    self.file = file
    self.context = context
    // Without space for a fresh structure, these bytes remain unchanged, which is not a fault.
    differences = (try? StructureComparison(ofShard: header, names: context.dataset.names))?.differences ?? []
    let sweep = try context.sweep(header)
    self.sweep = sweep
    guard !sweep.bad.isEmpty || !differences.isEmpty else { return nil }
    // Samples that were never generated may not be allocated on the disk yet.
    let size = try OpenedFile(header.path).size
    neededBytes = min(
      sweep.bad.count * header.layout.bytesPerSample,
      max(0, size - DiskSpace.allocated(to: header.path)))
    guard !sweep.bad.isEmpty else { return }
    try context.refuseOtherRounding(header, intact: header.samples.first { sweep.bad[$0] == nil })
  }

  func apply(_ summary: inout DatasetRepairer.Summary) throws(DatasetError) {
    if !differences.isEmpty {
      for difference in differences {
        try difference.expected.withUnsafeBufferPointer { expected throws(DatasetError) in
          try file.write(UnsafeRawBufferPointer(expected), at: difference.offset)
        }
      }
      try file.sync()
      summary.normalized.append(header.path)
    }
    guard !sweep.bad.isEmpty else { return }
    let writer = ShardWriter(repairing: header, locked: file)
    let pixels = Atomic(0)
    let stored = sweep.stored
    try context.forEach(sweep.bad.keys.sorted()) { sample, generator throws(DatasetError) in
      let isRewritten = Atomic(false)
      let checksum = try generator.make(sample: sample, shouldContinue: context.shouldContinue) {
        band, offset throws(DatasetError) in
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

  /// Whether the file contains these bytes; false if they cannot be read.
  private func holds(
    _ band: UnsafeRawBufferPointer, _ writer: ShardWriter, _ sample: Int, _ offset: Int
  ) throws(DatasetError) -> Bool {
    let buffer = try ReadBuffer(count: band.count)
    defer { withExtendedLifetime(buffer) {} }
    guard (try? writer.stored.read(buffer.bytes, sample: sample, at: offset)) != nil, let made = band.baseAddress,
      let stored = buffer.bytes.baseAddress
    else { return false }
    return memcmp(made, stored, band.count) == 0
  }
}
