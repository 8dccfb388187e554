import Dispatch
import Foundation
import GaussianField
import TextureDataset

/// A ring of batches that threads fill ahead of the consumer, in order.
///
/// A batch is planned when a slot of the ring is free; its textures are fetched by any thread; it is handed over when all
/// are there and those before it have been. Letting a batch go frees its slot. A texture that cannot be fetched ends the
/// stream at its own batch: the batches before it are still handed over, whatever the number of threads.
///
/// Where batches own their memory, the ring gives a batch its memory for good and takes other memory for the next one: what
/// batches that were let go have left behind, or new memory where the consumer holds them all.
///
/// Where the stream does not read ahead, there is one slot, whose memory is allocated when the consumer asks for a batch
/// and freed when the batch is let go: between batches the ring holds no textures.
///
/// A thread that gets no memory for its work leaves the work to the others, before it has taken any of it. Only where no
/// thread gets the memory does the stream end with that error, at its first batch.
final class BatchRing: @unchecked Sendable {
  // Sendable: everything below `condition` is touched with it locked, but for the memory of a slot, which the threads
  // that fetch its textures write to, each to its own texture, before the batch is handed over.

  /// Makes a thread's means of fetching textures.
  typealias MakeFetcher = @Sendable (SampleSource) throws(StreamError) -> SampleFetcher

  private let source: SampleSource
  private let makeFetcher: MakeFetcher
  private let options: TextureStream.Options
  /// Of the textures in a batch.
  private let shape: FieldShape
  private let readsAhead: Bool
  private let workers: Int

  private let condition = NSCondition()
  private var plan: BatchPlan
  /// By slot; none where a slot that is not read ahead is free, or where batches own their memory and it has left.
  private var memory: [BatchMemory?]
  /// What batches that own their memory have left behind, for the next ones.
  private var leftMemory: [BatchMemory] = []
  private var freeSlots: [Int]
  private var jobs: [Job] = []
  private var filling: [Int: Filling] = [:]
  private var planned = 0
  private var delivered = 0
  private var isPlanned = false
  private var inFlight = 0
  private var threadsWithoutMemory = 0
  private var failure: Failure?
  private var isStopped = false
  private var waiter: Waiter?

  /// The consumer that waits for the next batch, the end or an error: a task, or a thread.
  private enum Waiter {
    case task(CheckedContinuation<TextureBatch?, any Error>)
    case thread(Answer)

    /// Gives the consumer what `make` makes: not as an argument, since whoever delivers a batch must hold it no longer once the
    /// consumer has it, not for a moment.
    func resume(returning make: () -> TextureBatch?) {
      switch self {
      case .task(let continuation): continuation.resume(returning: make())
      case .thread(let answer): answer.give(make)
      }
    }

    func resume(throwing error: StreamError) {
      switch self {
      case .task(let continuation): continuation.resume(throwing: error)
      case .thread(let answer): answer.give(error)
      }
    }
  }

  /// What a thread waits for.
  private final class Answer: @unchecked Sendable {
    // Sendable: set before the semaphore is signalled, read after it was.

    private var batch: TextureBatch?
    private var error: StreamError?
    private let isThere = DispatchSemaphore(value: 0)

    func give(_ make: () -> TextureBatch?) {
      batch = make()
      isThere.signal()
    }

    func give(_ error: StreamError) {
      self.error = error
      isThere.signal()
    }

    func wait() throws(StreamError) -> TextureBatch? {
      isThere.wait()
      if let error { throw error }
      return batch.take()
    }
  }

  /// One texture to fetch: the `index`th of a batch.
  private struct Job {
    let batch: Int
    let index: Int
    let sample: Int
    let epoch: Int
    let target: UnsafeMutablePointer<Float>
  }

  /// The first texture, in the order of the stream, that could not be fetched.
  private struct Failure {
    let batch: Int
    let index: Int
    let error: StreamError
  }

  /// A batch on its way.
  private struct Filling {
    let plan: BatchPlan.Batch
    let slot: Int
    let pixels: UnsafeMutablePointer<Float>
    var missing: Int
  }

  /// - Parameter makeFetcher: called once by each thread, as it begins; nil for the source's own.
  /// - Throws: ``StreamError`` with code `.memory`.
  init(
    source: SampleSource, options: TextureStream.Options, plan: BatchPlan, makeFetcher: MakeFetcher? = nil
  ) throws(StreamError) {
    let whole = source.recipe.field.shape
    let (threads, changed) = (options.threadsPerWorker(of: whole), !options.augmentation.isIdentity)
    self.source = source
    if let makeFetcher {
      self.makeFetcher = makeFetcher
    } else {
      self.makeFetcher = { source throws(StreamError) in try source.makeFetcher(threads: threads, changed: changed) }
    }
    self.options = options
    shape = options.augmentation.shape(of: whole)
    readsAhead = options.readsAhead(whole)
    workers = options.workers(of: whole)
    let slots = options.slots(of: whole)
    memory = []
    for _ in 0..<slots { memory.append(readsAhead ? try Self.allocate(options, shape) : nil) }
    freeSlots = Array((0..<slots).reversed())
    self.plan = plan
    for _ in 0..<workers {
      do throws(AllocationError) {
        // The thread holds the ring until it is stopped.
        try startThread(stackBytes: 1 << 20) { self.work() }
      } catch {
        stop()
        throw StreamError(.memory, error.message, cause: error)
      }
    }
  }

  /// The memory of one slot.
  ///
  /// - Parameter shape: of the textures in a batch.
  private static func allocate(
    _ options: TextureStream.Options, _ shape: FieldShape
  ) throws(StreamError) -> BatchMemory {
    do throws(AllocationError) {
      return try BatchMemory(count: options.batchSize * shape.pixels)
    } catch {
      throw StreamError(.memory, error.message, cause: error)
    }
  }

  /// Ends the threads.
  func stop() {
    condition.lock()
    isStopped = true
    let waiter = waiter
    self.waiter = nil
    condition.broadcast()
    condition.unlock()
    waiter?.resume { nil }
  }

  func next() async throws -> TextureBatch? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { request(.task($0)) }
    } onCancel: {
      stop()
    }
  }

  /// The next batch, on a thread that may block.
  func nextBlocking() throws(StreamError) -> TextureBatch? {
    let answer = Answer()
    request(.thread(answer))
    return try answer.wait()
  }

  private func request(_ consumer: Waiter) {
    condition.lock()
    precondition(waiter == nil, "one consumer at a time")
    waiter = consumer
    let delivery = takeDelivery()
    // A ring that does not read ahead plans a batch only now.
    if !readsAhead, waiter != nil { condition.broadcast() }
    condition.unlock()
    delivery?()
  }

  /// With the lock: what to do, without it, for the consumer that waits; nothing as long as it has to. Not with the lock,
  /// since the last reference to a batch may end there, which takes the lock.
  private func takeDelivery() -> (() -> Void)? {
    guard let waiter else { return nil }
    if isStopped {
      self.waiter = nil
      return { waiter.resume { nil } }
    }
    // Jobs are taken in order, so those that a failure could still be preceded by are in flight.
    if let failure, failure.batch <= delivered {
      guard inFlight == 0 else { return nil }
      self.waiter = nil
      return { waiter.resume(throwing: failure.error) }
    }
    if let ready = filling[delivered], ready.missing == 0 {
      filling[delivered] = nil
      delivered += 1
      self.waiter = nil
      // Made there, not here: this thread would hold the batch for a moment after the consumer has got it.
      let owned = takeMemory(ofSlot: ready.slot)
      return { [self] in waiter.resume { makeBatch(ready, owned: owned) } }
    }
    if isPlanned, delivered == planned {
      self.waiter = nil
      return { waiter.resume { nil } }
    }
    if filling.isEmpty, freeSlots.isEmpty {
      self.waiter = nil
      let error = StreamError(
        .ringExhausted,
        readsAhead
          ? "all \(memory.count) batches of the ring are held; let batches go, or give the stream a larger ring"
          : "the stream does not read ahead, and its last batch is still held; let it go before the next one")
      return { waiter.resume(throwing: error) }
    }
    return nil
  }

  /// With the lock: the memory of a batch that owns it, whose slot is free from now on; nil where the ring keeps it.
  private func takeMemory(ofSlot slot: Int) -> BatchMemory? {
    guard options.batchMemory == .batch, let owned = memory[slot] else { return nil }
    memory[slot] = nil
    freeSlots.append(slot)
    condition.broadcast()
    return owned
  }

  private func makeBatch(_ ready: Filling, owned: BatchMemory?) -> TextureBatch {
    let slot = ready.slot
    return TextureBatch(
      epoch: ready.plan.epoch, samples: ready.plan.samples,
      labels: ready.plan.samples.map { Int64(source.recipe.classIndex(ofSample: $0)) }, shape: shape,
      stateAfter: ready.plan.stateAfter, pixels: ready.pixels,
      release: { [self] in
        if let owned { takeBack(owned) } else { release(slot) }
      })
  }

  /// Memory that a batch owned, for the next batches: as much as the ring has, and that of the batch which a consumer has.
  private func takeBack(_ owned: BatchMemory) {
    condition.lock()
    if readsAhead, !isStopped, leftMemory.count <= memory.count { leftMemory.append(owned) }
    condition.unlock()
    // Freed without the lock, if it is.
    withExtendedLifetime(owned) {}
  }

  private func release(_ slot: Int) {
    condition.lock()
    // Freed without the lock.
    let memory = readsAhead ? nil : memory[slot]
    if !readsAhead { self.memory[slot] = nil }
    freeSlots.append(slot)
    condition.broadcast()
    condition.unlock()
    withExtendedLifetime(memory) {}
  }

  // MARK: Threads

  private func work() {
    let fetcher: SampleFetcher
    do throws(StreamError) {
      fetcher = try makeFetcher(source)
    } catch {
      leaveWork(error)
      return
    }
    fetch(with: fetcher)
  }

  /// Fetches textures until there is nothing more to do.
  private func fetch(with fetcher: SampleFetcher) {
    let (augmentation, whole) = (options.augmentation, source.recipe.field.shape)
    while let job = takeJob() {
      let view =
        augmentation.isIdentity
        ? nil : augmentation.view(of: whole, seed: options.seed, epoch: job.epoch, sample: job.sample)
      do throws(DatasetError) {
        try fetcher.fetch(sample: job.sample, as: view, into: job.target)
        finish(job, nil)
      } catch {
        finish(job, StreamError(.unreadable, error.message, cause: error))
      }
    }
  }

  /// The next texture to fetch; none when there is nothing more to do.
  private func takeJob() -> Job? {
    while true {
      condition.lock()
      if isStopped || failure != nil || (isPlanned && jobs.isEmpty) {
        condition.unlock()
        return nil
      }
      if let job = jobs.popLast() {
        inFlight += 1
        condition.unlock()
        return job
      }
      var delivery: (() -> Void)?
      if readsAhead || waiter != nil, let slot = freeSlots.popLast() {
        planBatch(into: slot)
        // The end, or an error, may be what the consumer waits for.
        delivery = takeDelivery()
      } else {
        condition.wait()
      }
      condition.unlock()
      delivery?()
    }
  }

  /// With the lock: plans one batch.
  private func planBatch(into slot: Int) {
    condition.broadcast()
    guard let batch = plan.next() else {
      isPlanned = true
      freeSlots.append(slot)
      return
    }
    let pixels: UnsafeMutablePointer<Float>
    do throws(StreamError) {
      let allocated =
        if let memory = memory[slot] ?? leftMemory.popLast() { memory } else { try Self.allocate(options, shape) }
      memory[slot] = allocated
      pixels = allocated.pointer
    } catch {
      freeSlots.append(slot)
      record(Failure(batch: planned, index: 0, error: error))
      return
    }
    filling[planned] = Filling(plan: batch, slot: slot, pixels: pixels, missing: batch.samples.count)
    jobs += batch.samples.enumerated().reversed().map { index, sample in
      Job(
        batch: planned, index: index, sample: sample, epoch: batch.epoch, target: pixels + index * shape.pixels)
    }
    planned += 1
  }

  /// Leaves the work of a thread that has no memory for it to the others. The last one ends the stream: no thread has
  /// fetched anything then.
  private func leaveWork(_ error: StreamError) {
    condition.lock()
    threadsWithoutMemory += 1
    if threadsWithoutMemory == workers { record(Failure(batch: 0, index: 0, error: error)) }
    let delivery = takeDelivery()
    condition.unlock()
    delivery?()
  }

  private func finish(_ job: Job, _ error: StreamError?) {
    condition.lock()
    inFlight -= 1
    if let error { record(Failure(batch: job.batch, index: job.index, error: error)) }
    filling[job.batch]?.missing -= 1
    let delivery = takeDelivery()
    condition.unlock()
    delivery?()
  }

  /// With the lock: keeps the first failure, and lets no thread begin anything more.
  private func record(_ other: Failure) {
    condition.broadcast()
    if let failure, (failure.batch, failure.index) <= (other.batch, other.index) { return }
    failure = other
  }
}
