import GaussianField
import Synchronization

/// Makes the samples that a run's files lack, once it has locked the files: those without a checksum that holds.
struct GenerationRun {
  /// A sample that is not there yet, and where it goes.
  private typealias Pending = (sample: Int, writer: ShardWriter)

  /// The files, complete after ``makeSamples(report:)``.
  let files = ClaimedFiles()
  private let plan: DatasetPlan
  private let former: FormerSamples
  private let pending: [Pending]
  private let shouldContinue: @Sendable () -> Bool

  /// Locks the files, and finds out which samples are pending.
  ///
  /// - Parameter shouldContinue: asked often, from any thread; after its first `false` it never returns `true`.
  /// - Throws: ``DatasetError``; files that were not there before are then not there after, unless its code is
  ///   `.interrupted`.
  init(_ plan: DatasetPlan, shouldContinue: @escaping @Sendable () -> Bool) throws(DatasetError) {
    self.plan = plan
    self.shouldContinue = shouldContinue
    do throws(DatasetError) {
      try files.claim(for: plan, shouldContinue: shouldContinue)
      // Another run may have finished between the first look and the locks.
      try plan.refuseFinishedFiles()
      former = try FormerSamples(plan.existing.outgrown)
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
  /// - Returns: the samples without a checksum that holds, and the first with one.
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

  /// Makes a sample that is there once more, and refuses to go on where its bits are others.
  ///
  /// - Parameter intact: of a partial file; without one, a sample of a shard that grows or stays is taken.
  private func refuseOtherRounding(_ intact: StoredSample?) throws(DatasetError) {
    var found = intact
    if found == nil { found = try former.firstIntact(shouldContinue: shouldContinue) }
    if found == nil, let shard = plan.existing.kept.min() {
      let header = try ShardHeader(reading: plan.generator.names.shard(shard))
      found = try header.checksums().first.map {
        StoredSample(path: header.path, sample: header.samples.lowerBound, checksum: $0)
      }
    }
    guard let found else { return }
    let (recipe, sampler, crewPlan) = (plan.generator.recipe, plan.generator.sampler, plan.generator.crewPlan)
    let maker = try SampleMaker(recipe: recipe, sampler: sampler, plan: crewPlan)
    let made = try maker.make(sample: found.sample, shouldContinue: shouldContinue, receive: { _, _ in })
    guard made == found.checksum else {
      throw DatasetError(
        .roundingDiffers,
        "\(found.path): sample \(found.sample) comes out with other last bits here (another processor or FFTW build); resume where it was begun, or use --allow-rounding to mix them"
      )
    }
  }

  /// Copies or makes the pending samples. Blocks until all are there.
  ///
  /// - Parameter report: called from any thread, after each band of rows and each sample.
  /// - Throws: ``DatasetError``; what is finished is kept.
  func makeSamples(
    report: @escaping @Sendable (DatasetGenerator.Progress) -> Void
  ) throws(DatasetError) -> DatasetGenerator.Progress {
    let (generator, former, pending, shouldContinue) = (plan.generator, former, pending, shouldContinue)
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
      let maker = try SampleMaker(recipe: generator.recipe, sampler: generator.sampler, plan: generator.crewPlan)
      return { index throws(DatasetError) in
        let (sample, writer) = (pending[index].sample, pending[index].writer)
        if try former.copy(sample, to: writer, shouldContinue: shouldContinue) {
          copied.add(1, ordering: .relaxed)
        } else {
          let checksum = try maker.make(sample: sample, shouldContinue: shouldContinue) {
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
