import TextureDataset

/// Batches of a dataset's textures in a reproducible order, read or made ahead of the consumer into a ring of reused
/// memory; batches of more than ``ReadAhead/maximumBytes`` are read or made when they are asked for.
///
/// The order is a pure function of (dataset, seed, epoch): the same for any number of shards and threads.
public struct TextureStream: AsyncSequence, Sendable {
  /// A batch.
  public typealias Element = TextureBatch

  /// How to stream.
  public struct Options: Sendable {
    /// Textures in a batch of one rank.
    public var batchSize: Int
    /// Shuffle every epoch by this seed, which is also that of the transforms.
    public var seed: UInt64
    /// The samples' own order in place of a shuffled one.
    public var sequential: Bool
    /// How many epochs; none for no end.
    public var epochs: Int?
    /// The part to stream; none for all samples.
    public var split: Split?
    /// What the parts are.
    public var splitRule: SplitRule?
    /// Which samples of the part; none for all of them.
    public var limit: SampleLimit?
    /// Which of ``ranks`` this is, from 0.
    public var rank: Int
    /// How many share the samples of an epoch: all ranks together see every sample once.
    ///
    /// No batch is empty, and every rank gets the same number of batches, the last ones smaller where need be. Only
    /// batches of one sample may run out unevenly: where the ranks do not divide the samples, some ranks then end one
    /// batch earlier.
    public var ranks: Int
    /// Random changes to the textures.
    public var augmentation: Augmentation
    /// Batches in the ring: memory is this times the size of a batch, where batches are read ahead.
    public var ringSize: Int
    /// Whose a batch's memory is.
    public var batchMemory: BatchMemoryOwner
    /// Whether batches are read or made before the consumer asks for them.
    public var readAhead: ReadAhead
    /// Threads that read or make textures.
    public var threads: Int

    /// One epoch of all samples in shuffled batches of 16, unless said otherwise.
    public init(
      batchSize: Int = 16, seed: UInt64 = 0, sequential: Bool = false, epochs: Int? = 1, split: Split? = nil,
      splitRule: SplitRule? = nil, limit: SampleLimit? = nil, rank: Int = 0, ranks: Int = 1,
      augmentation: Augmentation = Augmentation(), ringSize: Int = 3,
      batchMemory: BatchMemoryOwner = .ring, readAhead: ReadAhead = .automatic, threads: Int = 2
    ) {
      self.batchSize = batchSize
      self.seed = seed
      self.sequential = sequential
      self.epochs = epochs
      self.split = split
      self.splitRule = splitRule
      self.limit = limit
      self.rank = rank
      self.ranks = ranks
      self.augmentation = augmentation
      self.ringSize = ringSize
      self.batchMemory = batchMemory
      self.readAhead = readAhead
      self.threads = threads
    }
  }

  /// Where the textures come from.
  public let source: SampleSource
  /// How they are streamed.
  public let options: Options
  private let part: SamplePart
  private let start: StreamState

  /// - Parameters:
  ///   - source: where the textures come from.
  ///   - options: how to stream.
  ///   - state: from where to go on; none for the beginning.
  /// - Throws: ``StreamError``.
  /// - Complexity: O(classes); O(samples) for a part of split version 1.
  public init(
    _ source: SampleSource, options: Options = Options(), from state: StreamState? = nil
  ) throws(StreamError) {
    try options.check(source.recipe.field)
    try Self.refuseMuchMemory(source, options)
    let hash = source.recipe.datasetHash
    let start = state ?? StreamState(seed: options.seed, datasetHash: hash)
    guard start.datasetHash == hash else {
      throw StreamError(
        .foreignState, "the state is of dataset \(start.datasetHash), this is \(hash); stream the one it was saved from"
      )
    }
    guard start.seed == options.seed else {
      throw StreamError(
        .foreignState, "the state is of seed \(start.seed), not \(options.seed); give the seed it was saved with")
    }
    self.source = source
    self.options = options
    self.start = start
    part = try SamplePart(options.split, options.splitRule, limit: options.limit, of: source)
    guard sampleCount > 0 else {
      throw StreamError(.empty, "the \(options.split?.rawValue ?? "whole") part has no samples; choose other fractions")
    }
    guard sampleCount >= options.ranks else {
      throw StreamError(
        .empty,
        "\(counted(sampleCount, "sample")) for \(options.ranks) ranks: expected at least one sample "
          + "for each rank")
    }
    guard (0...1 << 32).contains(start.epoch), (0...sampleCount).contains(start.position) else {
      throw StreamError(
        .foreignState, "the state is at sample \(start.position) of \(sampleCount); it was saved from another part")
    }
  }

  /// Samples of the part, over all ranks, in an epoch.
  public var sampleCount: Int { part.count }

  /// Batches of this rank in an epoch.
  public var batchesPerEpoch: Int { options.batchesPerEpoch(of: sampleCount) }

  /// Whether a batch is this rank's last one in its epoch.
  public func isLast(_ batch: TextureBatch) -> Bool {
    let left = sampleCount - batch.stateAfter.position
    // Steps of fewer samples than ranks pass some ranks over.
    return left == 0 || options.share(ofStep: options.stepSize(remaining: left)).isEmpty
  }

  /// The maximum bytes of all batches that are in memory at a time.
  public var ringBytes: Int { options.ringBytes(of: source.recipe.field.shape) }

  /// How many batches there is room for; of those that the consumer holds, one has to be let go before all of them are. 1
  /// where batches are not read ahead: the consumer has to let a batch go before it asks for the next one.
  public var batchesInMemory: Int { options.slots(of: source.recipe.field.shape) }

  /// Refuses a ring that the process's memory does not hold together with what the threads need.
  private static func refuseMuchMemory(_ source: SampleSource, _ options: Options) throws(StreamError) {
    let shape = source.recipe.field.shape
    let fetcher = source.fetcherBytes(
      threads: options.threadsPerWorker(of: shape), changed: !options.augmentation.isIdentity)
    let (fetchers, overflows) = options.workers(of: shape).multipliedReportingOverflow(by: fetcher)
    let (all, overflowsToo) = options.ringBytes(of: shape).addingReportingOverflow(overflows ? .max : fetchers)
    let ring = options.readsAhead(shape) ? "a ring of \(options.ringSize) batches" : "a batch"
    do {
      try MemoryLimit.current.refuse(
        overflows || overflowsToo ? .max : all, for: "\(ring) of \(options.batchSize)",
        choose: "a smaller batch, a crop, fewer threads or smaller textures")
    } catch {
      throw StreamError(.memory, error.message, cause: error)
    }
  }

  /// Begins to read ahead, where the stream does. Where there is too little memory, the iterator's first batch is an
  /// error.
  public func makeAsyncIterator() -> Iterator {
    do throws(StreamError) {
      return Iterator(
        .success(try BatchRing(source: source, options: options, plan: BatchPlan(part, options: options, start: start)))
      )
    } catch {
      return Iterator(.failure(error))
    }
  }

  /// The batches for a thread that may block. Begins to read ahead as ``makeAsyncIterator()`` does.
  public func makeBlockingIterator() -> BlockingIterator { BlockingIterator(makeAsyncIterator()) }

  /// The batches, one after the other, for a thread that may block while it waits; not for Swift's own threads.
  public struct BlockingIterator: Sendable {
    private let iterator: Iterator

    init(_ iterator: Iterator) { self.iterator = iterator }

    /// The next batch; none after the last epoch. Blocks until it is there. One call at a time.
    ///
    /// - Throws: ``StreamError``, as ``TextureStream/Iterator/next()`` does.
    public func next() throws(StreamError) -> TextureBatch? { try iterator.handle.ring.get().nextBlocking() }

    /// Ends the reading ahead, and a ``next()`` that waits on another thread, with no batch.
    public func stop() { if case .success(let ring) = iterator.handle.ring { ring.stop() } }
  }

  /// The batches, one after the other; copies share them.
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    fileprivate let handle: Handle

    /// Stops the ring's threads when the consumer has gone.
    fileprivate final class Handle: Sendable {
      let ring: Result<BatchRing, StreamError>
      init(_ ring: Result<BatchRing, StreamError>) { self.ring = ring }
      deinit { if case .success(let ring) = ring { ring.stop() } }
    }

    init(_ ring: Result<BatchRing, StreamError>) { handle = Handle(ring) }

    /// The next batch; none after the last epoch.
    ///
    /// - Throws: ``StreamError`` with code `.unreadable`, `.memory`, or `.ringExhausted` where the consumer holds every
    ///   batch of the ring.
    public mutating func next() async throws -> TextureBatch? { try await handle.ring.get().next() }
  }
}
