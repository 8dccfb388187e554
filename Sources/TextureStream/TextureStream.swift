import TextureDataset

/// Batches of a dataset's textures in a reproducible order, read or generated ahead of the consumer into a ring of
/// reused memory. Batches of more than ``ReadAhead/maximumBytes`` are read or generated on request.
///
/// The order is a pure function of (dataset, seed, epoch), independent of the number of shards and threads.
public struct TextureStream: AsyncSequence, Sendable {
  /// A batch.
  public typealias Element = TextureBatch

  /// The options of a stream.
  public struct Options: Sendable {
    /// The number of textures in a batch of one rank.
    public var batchSize: Int
    /// The seed of the shuffling and of the augmentation.
    public var seed: UInt64
    /// Stream samples in ascending instead of shuffled order.
    public var sequential: Bool
    /// The number of epochs; nil for an endless stream.
    public var epochs: Int?
    /// The part to stream; nil for all samples.
    public var split: Split?
    /// The division into parts.
    public var splitRule: SplitRule?
    /// Selects some samples of the part; nil for all.
    public var limit: SampleLimit?
    /// The rank of this process, below ``ranks``.
    public var rank: Int
    /// The number of ranks that share the samples of an epoch; together they see every sample once.
    ///
    /// No batch is empty, and every rank gets the same number of batches, the last ones smaller if necessary. The
    /// exception is batches of one sample: if the ranks do not divide the samples, some ranks end one batch earlier.
    public var ranks: Int
    /// Random changes to the textures.
    public var augmentation: Augmentation
    /// The number of batches in the ring, if batches are read ahead; it determines the memory.
    public var ringSize: Int
    /// The owner of a batch's memory.
    public var batchMemory: BatchMemoryOwner
    /// Whether batches are read or generated before the consumer requests them.
    public var readAhead: ReadAhead
    /// The number of threads that read or generate textures.
    public var threads: Int

    /// Creates options; the default is one epoch of all samples in shuffled batches of 16.
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

  /// The source of the textures.
  public let source: SampleSource
  /// The options of the stream.
  public let options: Options
  private let part: SamplePart
  private let start: StreamState

  /// - Parameters:
  ///   - source: the source of the textures.
  ///   - options: the options of the stream.
  ///   - state: the state to resume from; nil for the beginning.
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
        .foreignState,
        "the state belongs to dataset \(start.datasetHash), but this is \(hash); stream the dataset that it was saved from"
      )
    }
    guard start.seed == options.seed else {
      throw StreamError(
        .foreignState, "the state has the seed \(start.seed), not \(options.seed); use the seed that it was saved with")
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
        "\(counted(sampleCount, "sample")) for \(options.ranks) ranks: expected at least one sample per rank")
    }
    guard (0...1 << 32).contains(start.epoch), (0...sampleCount).contains(start.position) else {
      throw StreamError(
        .foreignState,
        "the state is at sample \(start.position) of \(sampleCount), so it was saved from another part; stream that part"
      )
    }
  }

  /// The number of samples in an epoch, over all ranks.
  public var sampleCount: Int { part.count }

  /// The number of this rank's batches in an epoch.
  public var batchesPerEpoch: Int { options.batchesPerEpoch(of: sampleCount) }

  /// Whether a batch is this rank's last one in its epoch.
  public func isLast(_ batch: TextureBatch) -> Bool {
    let left = sampleCount - batch.stateAfter.position
    // Steps with fewer samples than ranks skip some ranks.
    return left == 0 || options.share(ofStep: options.stepSize(remaining: left)).isEmpty
  }

  /// The maximum size of all batches in memory, in bytes.
  public var ringBytes: Int { options.ringBytes(of: source.recipe.field.shape) }

  /// The number of batches in memory; the consumer must not hold all of them when it requests another. 1 if batches are
  /// not read ahead: the consumer must release a batch before it requests the next one.
  public var batchesInMemory: Int { options.slots(of: source.recipe.field.shape) }

  /// Throws if the ring and the threads' memory exceed the process's memory limit.
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

  /// Starts reading ahead, unless the options disable it. If memory is short, the iterator's first call throws.
  public func makeAsyncIterator() -> Iterator {
    do throws(StreamError) {
      return Iterator(
        .success(try BatchRing(source: source, options: options, plan: BatchPlan(part, options: options, start: start)))
      )
    } catch {
      return Iterator(.failure(error))
    }
  }

  /// Returns an iterator for a thread that may block. Starts reading ahead like ``makeAsyncIterator()``.
  public func makeBlockingIterator() -> BlockingIterator { BlockingIterator(makeAsyncIterator()) }

  /// An iterator for threads that may block. Do not use it on Swift's cooperative threads.
  public struct BlockingIterator: Sendable {
    private let iterator: Iterator

    init(_ iterator: Iterator) { self.iterator = iterator }

    /// The next batch; nil after the last epoch. Blocks until it is available. Do not call it concurrently.
    ///
    /// - Throws: ``StreamError``, like ``TextureStream/Iterator/next()``.
    public func next() throws(StreamError) -> TextureBatch? { try iterator.handle.ring.get().nextBlocking() }

    /// Stops reading ahead. A ``next()`` that waits on another thread returns nil.
    public func stop() { if case .success(let ring) = iterator.handle.ring { ring.stop() } }
  }

  /// An iterator over batches; copies share its position.
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    fileprivate let handle: Handle

    /// Stops the ring's threads when the last copy of the iterator is gone.
    fileprivate final class Handle: Sendable {
      let ring: Result<BatchRing, StreamError>
      init(_ ring: Result<BatchRing, StreamError>) { self.ring = ring }
      deinit { if case .success(let ring) = ring { ring.stop() } }
    }

    init(_ ring: Result<BatchRing, StreamError>) { handle = Handle(ring) }

    /// The next batch; nil after the last epoch.
    ///
    /// - Throws: ``StreamError`` with code `.unreadable`, `.memory`, or `.ringExhausted` if the consumer holds every
    ///   batch of the ring.
    public mutating func next() async throws -> TextureBatch? { try await handle.ring.get().next() }
  }
}
