import TextureDataset

/// Batches of a dataset's textures in a reproducible order, read or made ahead of the consumer into a ring of reused
/// memory.
///
/// The order is a pure function of (dataset, seed, epoch): the same for any number of shards and threads. All ranks
/// together see every sample of the part once an epoch, in the same number of batches.
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
    /// Which of ``ranks`` this is, from 0.
    public var rank: Int
    /// How many share the samples of an epoch.
    public var ranks: Int
    /// Random changes to the textures.
    public var augmentation: Augmentation
    /// Batches in the ring: memory is this times the size of a batch.
    public var ringSize: Int
    /// Threads that read or make textures.
    public var threads: Int

    /// One epoch of all samples in shuffled batches of 16, unless said otherwise.
    public init(
      batchSize: Int = 16, seed: UInt64 = 0, sequential: Bool = false, epochs: Int? = 1, split: Split? = nil,
      splitRule: SplitRule? = nil, rank: Int = 0, ranks: Int = 1, augmentation: Augmentation = Augmentation(),
      ringSize: Int = 3, threads: Int = 2
    ) {
      self.batchSize = batchSize
      self.seed = seed
      self.sequential = sequential
      self.epochs = epochs
      self.split = split
      self.splitRule = splitRule
      self.rank = rank
      self.ranks = ranks
      self.augmentation = augmentation
      self.ringSize = ringSize
      self.threads = threads
    }
  }

  /// Where the textures come from.
  public let source: SampleSource
  /// How they are streamed.
  public let options: Options
  /// Samples of the part, over all ranks, in an epoch.
  public let sampleCount: Int
  private let start: StreamState

  /// - Parameters:
  ///   - source: where the textures come from.
  ///   - options: how to stream.
  ///   - state: from where to go on; none for the beginning.
  /// - Throws: ``StreamError``.
  /// - Complexity: O(samples) where a part is streamed, to count it.
  public init(
    _ source: SampleSource, options: Options = Options(), from state: StreamState? = nil
  ) throws(StreamError) {
    let side = source.recipe.side
    func check(_ holds: Bool, _ message: @autoclosure () -> String) throws(StreamError) {
      if !holds { throw StreamError(.invalidOptions, message()) }
    }
    try check(options.batchSize >= 1, "batch size \(options.batchSize): expected at least 1")
    try check(
      options.ranks >= 1 && (0..<options.ranks).contains(options.rank),
      "rank \(options.rank) of \(options.ranks): expected a rank from 0 to the number of ranks less one")
    try check(options.ringSize >= 2, "a ring of \(options.ringSize): expected at least 2 batches")
    try check(options.threads >= 1, "\(options.threads) threads: expected at least 1")
    try check(options.epochs.map { $0 >= 0 } ?? true, "a negative number of epochs")
    if let crop = options.augmentation.crop {
      try check((1...side).contains(crop), "a crop of \(crop) pixels: expected 1 to the textures' \(side)")
    }
    try check(options.split == nil || options.splitRule != nil, "a split needs its rule: fractions or counts")

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
    let belongs = Self.membership(options, source.recipe)
    sampleCount = options.split == nil ? source.samples.count : source.samples.reduce(0) { $0 + (belongs($1) ? 1 : 0) }
    guard sampleCount > 0 else {
      throw StreamError(.empty, "the \(options.split?.rawValue ?? "whole") part has no samples; choose other fractions")
    }
    guard start.epoch >= 0, (0...sampleCount).contains(start.position) else {
      throw StreamError(
        .foreignState, "the state is at sample \(start.position) of \(sampleCount); it was saved from another part")
    }
  }

  /// Batches of one rank in an epoch.
  public var batchesPerEpoch: Int {
    let all = options.batchSize * options.ranks
    return (sampleCount + all - 1) / all
  }

  /// The bytes of the ring.
  public var ringBytes: Int { Self.ringBytes(source, options) }

  private static func ringBytes(_ source: SampleSource, _ options: Options) -> Int {
    let count = BatchRing.count(options, side: options.augmentation.crop ?? source.recipe.side)
    let (bytes, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    return overflows ? .max : bytes
  }

  /// Refuses a ring that the process's memory does not hold together with what the threads need.
  private static func refuseMuchMemory(_ source: SampleSource, _ options: Options) throws(StreamError) {
    let ring = ringBytes(source, options)
    let side = source.recipe.side
    let each = source.fetcherBytes + (options.augmentation.isIdentity ? 0 : 4 * side * side)
    let (threads, overflows) = options.threads.multipliedReportingOverflow(by: each)
    let (all, overflowsToo) = ring.addingReportingOverflow(overflows ? .max : threads)
    do {
      try MemoryLimit.current.refuse(
        overflows || overflowsToo ? .max : all, for: "a ring of \(options.ringSize) batches of \(options.batchSize)",
        choose: "a smaller batch, a crop, fewer threads or smaller textures")
    } catch {
      throw StreamError(.memory, error.message, cause: error)
    }
  }

  static func membership(_ options: Options, _ recipe: Recipe) -> @Sendable (Int) -> Bool {
    guard let split = options.split, let rule = options.splitRule else { return { _ in true } }
    let classCount = recipe.classCount
    return { rule.split(ofSample: $0, classCount: classCount) == split }
  }

  /// Begins to read ahead. Where there is too little memory for that, the iterator's first batch is an error.
  public func makeAsyncIterator() -> Iterator {
    do throws(StreamError) {
      return Iterator(
        .success(try BatchRing(source: source, options: options, sampleCount: sampleCount, start: start)))
    } catch {
      return Iterator(.failure(error))
    }
  }

  /// The batches, one after the other; copies share them.
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    private let handle: Handle

    /// Stops the ring's threads when the consumer has gone.
    private final class Handle: Sendable {
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
