import GaussianField
import Synchronization

/// Locks a run's files and generates the samples that they lack: those whose checksum is missing or does not match.
struct GenerationRun {
  /// A missing sample and the writer of its shard.
  private typealias Pending = (sample: Int, writer: ShardWriter)

  /// The files, complete after ``makeSamples(report:)``.
  let files = ClaimedFiles()
  private let plan: DatasetPlan
  private let previous: PreviousSamples
  private let pending: [Pending]
  private let shouldContinue: @Sendable () -> Bool

  /// Locks the files and determines the pending samples.
  ///
  /// - Parameter shouldContinue: called often, from any thread; must not return `true` after its first `false`.
  /// - Throws: ``DatasetError``; unless its code is `.interrupted`, new files are removed.
  init(_ plan: DatasetPlan, shouldContinue: @escaping @Sendable () -> Bool) throws(DatasetError) {
    self.plan = plan
    self.shouldContinue = shouldContinue
    do throws(DatasetError) {
      try files.claim(for: plan, shouldContinue: shouldContinue)
      // Another run may have finished before the files were locked.
      try plan.refuseFinishedFiles()
      previous = try PreviousSamples(plan.existing.outgrown)
      let examined = try Self.examine(files.writers, plan.generator, shouldContinue: shouldContinue)
      pending = examined.pending
      if !pending.isEmpty, !plan.generator.allowRounding { try refuseOtherRounding(examined.intact) }
    } catch {
      files.release(after: error)
      throw error
    }
  }

  /// Checks the samples of partial files against their checksums.
  ///
  /// - Returns: the samples without a matching checksum, and the first sample with one.
  private static func examine(
    _ writers: [ShardWriter], _ generator: DatasetGenerator, shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) -> (pending: [Pending], intact: StoredSample?) {
    let all = writers.flatMap { writer in writer.samples.map { Pending($0, writer) } }
    guard generator.policy == .resume else { return (all, nil) }
    var stored: [UInt32] = []
    for writer in writers { stored += try writer.stored.checksums() }
    let checksums = stored
    let holds = Mutex([Bool](repeating: false, count: all.count))
    try inParallel(all.count, workers: generator.threads, shouldContinue: shouldContinue) { () throws(DatasetError) in
      let buffer = try ReadBuffer(count: ReadBuffer.pieceBytes)
      return { index throws(DatasetError) in
        guard checksums[index] != 0 else { return }
        let (sample, writer) = all[index]
        let found = try writer.stored.checksum(ofPixels: sample, in: buffer) { _, _ throws(DatasetError) in
          guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
        }
        if try found.get() == checksums[index] { holds.withLock { $0[index] = true } }
      }
    }
    let kept = holds.withLock { $0 }
    let intact = kept.firstIndex(of: true).map { index in
      StoredSample(
        path: OutputNames.partial(all[index].writer.path), sample: all[index].sample, checksum: checksums[index])
    }
    return (zip(all, kept).filter { !$1 }.map(\.0), intact)
  }

  /// Regenerates an existing sample and throws if its bits differ.
  ///
  /// - Parameter intact: of a partial file; if nil, a sample of a shard that grows or is kept is used.
  private func refuseOtherRounding(_ intact: StoredSample?) throws(DatasetError) {
    var found = intact
    if found == nil { found = try previous.firstIntact(shouldContinue: shouldContinue) }
    if found == nil, let shard = plan.existing.kept.min() {
      let header = try ShardHeader(reading: plan.generator.names.shard(shard))
      found = try header.checksums().first.map {
        StoredSample(path: header.path, sample: header.samples.lowerBound, checksum: $0)
      }
    }
    guard let found else { return }
    let (recipe, sampler, crewPlan) = (plan.generator.recipe, plan.generator.sampler, plan.generator.crewPlan)
    let sampleGenerator = try SampleGenerator(recipe: recipe, sampler: sampler, plan: crewPlan)
    let made = try sampleGenerator.make(sample: found.sample, shouldContinue: shouldContinue, receive: { _, _ in })
    guard made == found.checksum else {
      throw DatasetError(
        .roundingDiffers,
        "\(found.path): regenerating sample \(found.sample) on this machine gives different last bits (another processor or FFTW build); resume on the machine that began the dataset, or use --allow-rounding to mix them"
      )
    }
  }

  /// Copies or generates the pending samples. Blocks until all are finished.
  ///
  /// - Parameter report: called from any thread, after each band of rows and each sample.
  /// - Throws: ``DatasetError``; finished samples are kept.
  func makeSamples(
    report: @escaping @Sendable (DatasetGenerator.Progress) -> Void
  ) throws(DatasetError) -> DatasetGenerator.Progress {
    let (generator, previous, pending, shouldContinue) = (plan.generator, previous, pending, shouldContinue)
    let made = Atomic(0)
    let copied = Atomic(0)
    let bytes = Atomic(0)
    let total = generator.samples.count
    let progress = { @Sendable in
      DatasetGenerator.Progress(
        made: made.load(ordering: .relaxed), kept: total - pending.count, copied: copied.load(ordering: .relaxed),
        total: total, bytes: bytes.load(ordering: .relaxed))
    }
    report(progress())
    let workers = min(generator.crewPlan.crews, max(1, pending.count))
    try inParallel(pending.count, workers: workers, shouldContinue: shouldContinue) { () throws(DatasetError) in
      let sampleGenerator = try SampleGenerator(
        recipe: generator.recipe, sampler: generator.sampler, plan: generator.crewPlan)
      return { index throws(DatasetError) in
        let (sample, writer) = (pending[index].sample, pending[index].writer)
        if try previous.copy(sample, to: writer, shouldContinue: shouldContinue) {
          copied.add(1, ordering: .relaxed)
        } else {
          let checksum = try sampleGenerator.make(sample: sample, shouldContinue: shouldContinue) {
            band, offset throws(DatasetError) in
            try writer.write(band, sample: sample, at: offset)
            bytes.add(band.count, ordering: .relaxed)
            report(progress())
          }
          try writer.write(checksum: checksum, sample: sample)
          made.add(1, ordering: .relaxed)
        }
        report(progress())
      }
    }
    guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
    return progress()
  }
}
