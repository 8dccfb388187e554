import Dispatch
import Foundation
import GaussianField
import TextureDataset

/// A ring of batches that threads fill ahead of the consumer, in order.
///
/// A batch is planned when a slot of the ring is free; any thread fetches its textures; it is delivered when all are
/// there and all earlier batches have been delivered. Releasing a batch frees its slot. A texture that cannot be
/// fetched ends the stream at its own batch: earlier batches are still delivered, whatever the number of threads.
///
/// If batches own their memory, the ring gives it up with the batch and uses other memory for the next one: that of
/// released batches, or new memory if the consumer holds all of them.
///
/// If the stream does not read ahead, there is one slot, whose memory is allocated when the consumer requests a batch
/// and freed when the batch is released; between batches the ring holds no textures.
///
/// A thread that cannot allocate its memory leaves the work to the others before it takes any. Only if no thread can
/// does the stream end with that error, at its first batch.
final class BatchRing: @unchecked Sendable {
  // Sendable: everything below `condition` is accessed with it locked, except the memory of a slot: the threads that
  // fetch its textures write to it, each to its own texture, before the batch is delivered.

  /// Creates a thread's fetcher.
  typealias MakeFetcher = @Sendable (SampleSource) throws(StreamError) -> SampleFetcher

  private let source: SampleSource
  private let makeFetcher: MakeFetcher
  private let options: TextureStream.Options
  /// The shape of the textures in a batch.
  private let shape: FieldShape
  private let readsAhead: Bool
  private let workers: Int

  private let condition = NSCondition()
  private var plan: BatchPlan
  /// The memory of each slot; nil for a free slot without read-ahead, or after a batch has taken ownership.
  private var memory: [BatchMemory?]
  /// The memory of released batches that owned it, for the next ones.
  private var spareMemory: [BatchMemory] = []
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

  /// The consumer that waits for the next batch, the end or an error: a task or a thread.
  private enum Waiter {
    case task(CheckedContinuation<TextureBatch?, any Error>)
    case thread(Answer)

    /// Resumes the consumer with the result of `make`. Not with a batch as an argument: the delivering thread must not
    /// hold a reference to it after the consumer has it.
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

  /// The result that a thread waits for.
  private final class Answer: @unchecked Sendable {
    // Sendable: written before the semaphore is signalled, read afterwards.

    private var batch: TextureBatch?
    private var error: StreamError?
    private let semaphore = DispatchSemaphore(value: 0)

    func give(_ make: () -> TextureBatch?) {
      batch = make()
      semaphore.signal()
    }

    func give(_ error: StreamError) {
      self.error = error
      semaphore.signal()
    }

    func wait() throws(StreamError) -> TextureBatch? {
      semaphore.wait()
      if let error { throw error }
      return batch.take()
    }
  }

  /// One texture to fetch: number `index` of a batch.
  private struct Job {
    let batch: Int
    let index: Int
    let sample: Int
    let epoch: Int
    let target: UnsafeMutablePointer<Float>
  }

  /// The first texture in stream order that could not be fetched.
  private struct Failure {
    let batch: Int
    let index: Int
    let error: StreamError
  }

  /// A batch that is being filled.
  private struct Filling {
    let plan: BatchPlan.Batch
    let slot: Int
    let pixels: UnsafeMutablePointer<Float>
    var missing: Int
  }

  /// - Parameter makeFetcher: called once by each thread when it starts; nil for the source's own fetchers.
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
        // The thread retains the ring until it is stopped.
        try startThread(stackBytes: 1 << 20) { self.work() }
      } catch {
        stop()
        throw StreamError(.memory, error.message, cause: error)
      }
    }
  }

  /// Allocates the memory of one slot.
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

  /// Stops the threads.
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

  /// Call with the lock held. Returns what to do for the waiting consumer after unlocking; nil if it must keep waiting.
  /// Not while locked, since releasing the last reference to a batch takes the lock.
  private func takeDelivery() -> (() -> Void)? {
    guard let waiter else { return nil }
    if isStopped {
      self.waiter = nil
      return { waiter.resume { nil } }
    }
    // Jobs are taken in order, so any earlier failure can only come from a job in flight.
    if let failure, failure.batch <= delivered {
      guard inFlight == 0 else { return nil }
      self.waiter = nil
      return { waiter.resume(throwing: failure.error) }
    }
    if let ready = filling[delivered], ready.missing == 0 {
      filling[delivered] = nil
      delivered += 1
      self.waiter = nil
      // The closure creates the batch, so that this thread never holds a reference to it.
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
          ? "the consumer holds all \(memory.count) batches of the ring; release batches, or use a larger ring"
          : "the stream does not read ahead, and the consumer still holds its last batch; release it before requesting the next one"
      )
      return { waiter.resume(throwing: error) }
    }
    return nil
  }

  /// Call with the lock held. Returns the memory of a batch that owns it and frees its slot; nil if the ring keeps it.
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

  /// Keeps memory that a batch owned for later batches: at most one more than the ring has slots.
  private func takeBack(_ owned: BatchMemory) {
    condition.lock()
    if readsAhead, !isStopped, spareMemory.count <= memory.count { spareMemory.append(owned) }
    condition.unlock()
    // If it is freed, then without the lock.
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

  /// Fetches textures until no work is left.
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

  /// The next texture to fetch; nil when no work is left.
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
        // Planning may have produced the end or an error, for which the consumer waits.
        delivery = takeDelivery()
      } else {
        condition.wait()
      }
      condition.unlock()
      delivery?()
    }
  }

  /// Plans one batch. Call with the lock held.
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
        if let memory = memory[slot] ?? spareMemory.popLast() { memory } else { try Self.allocate(options, shape) }
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

  /// Leaves the work of a thread without memory to the others. The last such thread ends the stream, since then no
  /// thread can fetch anything.
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

  /// Call with the lock held. Keeps the first failure and wakes the threads, which then take no more work.
  private func record(_ other: Failure) {
    condition.broadcast()
    if let failure, (failure.batch, failure.index) <= (other.batch, other.index) { return }
    failure = other
  }
}
