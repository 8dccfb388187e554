import Foundation
import GaussianField
import Synchronization

/// Which samples are still to be made or copied, and doing so.
extension DatasetGenerator {
  /// A sample that is not there yet, and where it goes.
  struct Pending: Sendable {
    let sample: Int
    let writer: ShardWriter
  }

  /// The samples without a checksum that holds; checks one that has it against this machine's own.
  func pendingSamples(
    of writers: [ShardWriter], kept keptShards: Set<Int>, former: FormerSamples,
    shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) -> [Pending] {
    guard policy == .resume else { return writers.flatMap { w in w.samples.map { Pending(sample: $0, writer: w) } } }
    var stored: [(pending: Pending, checksum: UInt32)] = []
    for writer in writers {
      let checksums = try writer.stored.checksums()
      for (sample, checksum) in zip(writer.samples, checksums) {
        stored.append((Pending(sample: sample, writer: writer), checksum))
      }
    }
    let all = stored
    let holds = Mutex([Bool](repeating: false, count: all.count))
    try inParallel(all.count, workers: threads, shouldContinue: shouldContinue) { () throws(DatasetError) in
      let buffer = try ReadBuffer(count: ReadBuffer.pieceBytes)
      return { index throws(DatasetError) in
        let (pending, checksum) = all[index]
        guard checksum != 0 else { return }
        let found = try pending.writer.stored.checksum(ofPixels: pending.sample, in: buffer) {
          _, _ throws(DatasetError) in
          guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
        }
        if try found.get() == checksum { holds.withLock { $0[index] = true } }
      }
    }
    let kept = holds.withLock { $0 }
    let pending = zip(all, kept).filter { !$1 }.map(\.0.pending)
    if pending.isEmpty || allowRounding { return pending }
    if let intact = kept.firstIndex(of: true) {
      let (pending, checksum) = all[intact]
      try refuseOtherRounding(
        StoredSample(path: OutputNames.partial(pending.writer.path), sample: pending.sample, checksum: checksum),
        shouldContinue: shouldContinue)
    } else if let intact = try former.firstIntact(shouldContinue: shouldContinue) {
      try refuseOtherRounding(intact, shouldContinue: shouldContinue)
    } else if let shard = keptShards.min() {
      let header = try ShardHeader(reading: names.shard(shard))
      if let checksum = try header.checksums().first {
        try refuseOtherRounding(
          StoredSample(path: header.path, sample: header.samples.lowerBound, checksum: checksum),
          shouldContinue: shouldContinue)
      }
    }
    return pending
  }

  /// Makes a sample that is there once more, and refuses to go on where its bits are others.
  private func refuseOtherRounding(
    _ stored: StoredSample, shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) {
    let maker = try SampleMaker(recipe: recipe, sampler: sampler, plan: plan)
    guard try maker.make(sample: stored.sample, shouldContinue: shouldContinue, receive: { _, _ in }) == stored.checksum
    else {
      throw DatasetError(
        .roundingDiffers,
        "\(stored.path): sample \(stored.sample) comes out with other last bits here (another processor or FFTW build); resume where it was begun, or use --allow-rounding to mix them"
      )
    }
  }

  /// Copies or makes the pending samples.
  func make(
    _ pending: [Pending], kept: Int, former: FormerSamples, shouldContinue: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (Progress) -> Void
  ) throws(DatasetError) -> Progress {
    let made = Atomic(0)
    let copied = Atomic(0)
    let bytes = Atomic(0)
    let total = samples.count
    let progress = { @Sendable in
      Progress(
        made: made.load(ordering: .relaxed), kept: kept, copied: copied.load(ordering: .relaxed), total: total,
        bytes: bytes.load(ordering: .relaxed))
    }
    report(progress())
    try inParallel(pending.count, workers: min(plan.crews, max(1, pending.count)), shouldContinue: shouldContinue) {
      () throws(DatasetError) in
      let maker = try SampleMaker(recipe: recipe, sampler: sampler, plan: plan)
      return { index throws(DatasetError) in
        let (sample, writer) = (pending[index].sample, pending[index].writer)
        if try former.copy(sample, to: writer, shouldContinue: shouldContinue) {
          copied.add(1, ordering: .relaxed)
          report(progress())
          return
        }
        let checksum = try maker.make(sample: sample, shouldContinue: shouldContinue) {
          band, offset throws(DatasetError) in
          try writer.write(band, sample: sample, at: offset)
          bytes.add(band.count, ordering: .relaxed)
          report(progress())
        }
        try writer.write(checksum: checksum, sample: sample)
        made.add(1, ordering: .relaxed)
        report(progress())
      }
    }
    return progress()
  }
}
