import Foundation
import GaussianField
import Testing

@testable import TextureDataset
@testable import TextureStream

@Suite struct TextureStreamTests {
  private let folder: StreamFolder

  init() throws { folder = try StreamFolder() }

  private func stream(
    _ source: SampleSource, _ options: TextureStream.Options = .init(batchSize: 8), from state: StreamState? = nil
  ) throws -> TextureStream {
    try TextureStream(source, options: options, from: state)
  }

  @Test(arguments: [Recipe.DType.float32, .float16], [1, 3])
  func batchesContainPixelsAndLabelsOfTheirSamples(dtype: Recipe.DType, threads: Int) async throws {
    let recipe = try Recipe.streamed(dtype: dtype)
    let sampler = try TextureSampler(recipe)
    let batches = try await stream(folder.source(recipe), .init(batchSize: 8, threads: threads)).copies()
    #expect(batches.map(\.samples.count) == [8, 8, 8, 8, 8, 8, 2])
    #expect(batches.flatMap(\.samples).sorted() == Array(0..<50))
    for batch in batches {
      #expect(batch.labels == batch.samples.map { Int64($0 % 2) })
      for (place, sample) in batch.samples.enumerated() {
        let texture = try sampler.texture(sample: sample, choices: recipe.choices(ofClass: sample % 2))
        let expected = dtype == .float16 ? texture.map { Float(Float16($0)) } : texture
        #expect(Array(batch.images[place * 256..<(place + 1) * 256]) == expected)
      }
    }
  }

  @Test(arguments: [Recipe.DType.float32, .float16])
  func recipeAloneGivesTheSameStream(dtype: Recipe.DType) async throws {
    let recipe = try Recipe.streamed(dtype: dtype)
    let made = try await stream(try SampleSource(recipe), .init(batchSize: 8, epochs: 2)).copies()
    let read = try await stream(folder.source(recipe), .init(batchSize: 8, epochs: 2)).copies()
    #expect(made == read && made.count == 14)
  }

  @Test func orderDoesNotDependOnShardsOrThreads() async throws {
    let recipe = try Recipe.streamed()
    var streams: [[BatchCopy]] = []
    for (shards, threads) in [(1, 1), (3, 2), (7, 5)] {
      streams.append(
        try await stream(folder.source(recipe, shards: shards), .init(batchSize: 8, threads: threads)).copies())
    }
    #expect(streams[0] == streams[1] && streams[0] == streams[2])
  }

  @Test func ordersDifferByEpochSeedAndDataset() async throws {
    func order(_ recipe: Recipe, seed: UInt64) async throws -> [[Int]] {
      let batches = try await stream(SampleSource(recipe), .init(batchSize: 50, seed: seed, epochs: 2)).copies()
      return batches.map(\.samples)
    }
    let (a, b) = (try await order(.streamed(), seed: 0), try await order(.streamed(), seed: 1))
    let other = try await order(.streamed(seed: 4), seed: 0)
    #expect(Set(a + b + other).count == 6)
    #expect(try await order(.streamed(), seed: 0) == a)
  }

  @Test func sequentialStreamIsAscending() async throws {
    let batches = try await stream(folder.source(.streamed()), .init(batchSize: 20, sequential: true)).copies()
    #expect(batches.map(\.samples) == [Array(0..<20), Array(20..<40), Array(40..<50)])
  }

  /// From any batch of any epoch, the stream resumes with exactly the batches that would have come, also from the state
  /// as JSON.
  @Test func stateResumesExactly() async throws {
    let source = try folder.source(.streamed())
    let options = TextureStream.Options(
      batchSize: 8, seed: 5, epochs: 2, augmentation: Augmentation(crop: 9, flip: true, turn: true, roll: true))
    let whole = try await stream(source, options).copies()
    #expect(whole.count == 14)
    var states: [StreamState] = []
    for try await batch in try stream(source, options) { states.append(batch.stateAfter) }
    for (index, state) in states.enumerated() {
      let saved = try JSONDecoder().decode(StreamState.self, from: JSONEncoder().encode(state))
      #expect(try await stream(source, options, from: saved).copies() == Array(whole[(index + 1)...]))
    }
  }

  @Test func statesOfAnotherStreamAreRefused() throws {
    let source = try SampleSource(.streamed())
    let hash = source.recipe.datasetHash
    let wrong = [
      StreamState(seed: 0, datasetHash: String(repeating: "0", count: 64)), StreamState(seed: 1, datasetHash: hash),
      StreamState(position: 51, seed: 0, datasetHash: hash), StreamState(position: -1, seed: 0, datasetHash: hash),
      StreamState(epoch: -1, seed: 0, datasetHash: hash), StreamState(epoch: .max, seed: 0, datasetHash: hash),
    ]
    for state in wrong {
      #expect { try stream(source, from: state) } throws: { ($0 as? StreamError)?.code == .foreignState }
    }
  }

  /// The batches of each rank in some epochs, from a state on.
  private func ranked(
    _ source: SampleSource, batchSize: Int, ranks: Int, sequential: Bool = false, epochs: Int = 1,
    from state: StreamState? = nil
  ) async throws -> [[BatchCopy]] {
    var batches: [[BatchCopy]] = []
    for rank in 0..<ranks {
      let part = try stream(
        source,
        .init(batchSize: batchSize, sequential: sequential, epochs: epochs, rank: rank, ranks: ranks, threads: 1),
        from: state)
      batches.append(try await part.copies())
      if state == nil { #expect(batches[rank].count == epochs * part.batchesPerEpoch) }
    }
    return batches
  }

  /// Every sample once over all ranks, and the same number of batches for each.
  @Test(arguments: [1, 2, 3, 7, 50], [true, false])
  func ranksShareAnEpoch(ranks: Int, sequential: Bool) async throws {
    let batches = try await ranked(SampleSource(.streamed()), batchSize: 4, ranks: ranks, sequential: sequential)
    #expect(batches.joined().flatMap(\.samples).sorted() == Array(0..<50))
    #expect(Set(batches.map(\.count)).count == 1)
    #expect(batches.allSatisfy { $0.dropLast(2).allSatisfy { $0.samples.count == 4 } })
  }

  /// A last step with fewer samples than ranks is completed from the step before. With batches of one sample, some
  /// ranks get one batch less.
  @Test(arguments: [(33, 16, 2), (17, 4, 4), (65, 8, 8), (9, 2, 4), (5, 4, 4), (5, 1, 2), (7, 1, 4), (50, 4, 7)])
  func noBatchIsEmpty(samples: Int, batchSize: Int, ranks: Int) async throws {
    let source = try SampleSource(.streamed(samples: samples))
    let batches = try await ranked(source, batchSize: batchSize, ranks: ranks, epochs: 2)
    #expect(batches.joined().allSatisfy { (1...batchSize).contains($0.samples.count) })
    for epoch in 0..<2 {
      let seen = batches.joined().filter { $0.epoch == epoch }.flatMap(\.samples)
      #expect(seen.sorted() == Array(0..<samples))
    }
    let counts = batches.map(\.count)
    let least = try #require(counts.min())
    #expect(counts.allSatisfy { batchSize == 1 ? $0 - least <= 2 : $0 == least })
  }

  /// From the state after any batch of any rank, all ranks resume with the rest.
  @Test func stateOfUnevenRanksResumesExactly() async throws {
    let source = try SampleSource(.streamed(samples: 33))
    let whole = try await ranked(source, batchSize: 8, ranks: 2, epochs: 2)
    var states: [StreamState] = []
    for try await batch in try stream(source, .init(batchSize: 8, epochs: 2, rank: 1, ranks: 2)) {
      states.append(batch.stateAfter)
    }
    #expect(states.count == 6)
    for (index, state) in states.enumerated() {
      let rest = try await ranked(source, batchSize: 8, ranks: 2, epochs: 2, from: state)
      #expect(rest == whole.map { Array($0[(index + 1)...]) })
    }
  }

  @Test func partsDivideTheSamplesWhateverTheOrder() async throws {
    let source = try SampleSource(.streamed(samples: 100))
    let rule = try SplitRule(.fractions(validation: 0.2, test: 0.1), seed: 4)
    var parts: [[Int]] = []
    for split in Split.allCases {
      for seed in [0, 1] as [UInt64] {
        let part = try stream(
          source, .init(batchSize: 7, seed: seed, split: split, splitRule: rule, rank: 0, ranks: 1))
        let samples = try await part.copies().flatMap(\.samples)
        #expect(samples.count == part.sampleCount)
        parts.append(samples.sorted())
      }
    }
    #expect(parts[0] == parts[1] && parts[2] == parts[3] && parts[4] == parts[5])
    #expect((parts[0] + parts[2] + parts[4]).sorted() == Array(0..<100))
    #expect(parts[2].count == 20 && parts[4].count == 10)
  }

  /// A part of 4,294,967,295 samples is streamed immediately, from its beginning or from any position.
  @Test(arguments: [SplitRule.Size.fractions(validation: 0.2, test: 0.1), .counts(validation: 1000, test: 1000)])
  func partOfTheMaximumRecipeIsNotSearched(size: SplitRule.Size) async throws {
    let source = try SampleSource(.streamed(samples: 1 << 32 - 1))
    let rule = try SplitRule(size)
    let divided = try DatasetSplit(rule, samples: 1 << 32 - 1, classCount: 2)
    for sequential in [false, true] {
      let options = TextureStream.Options(batchSize: 8, sequential: sequential, split: .validation, splitRule: rule)
      let whole = try stream(source, options)
      #expect(whole.sampleCount == divided.count(of: .validation))
      let late = StreamState(
        position: whole.sampleCount - 12, seed: 0, datasetHash: source.recipe.datasetHash)
      for state in [nil, late] {
        var iterator = try stream(source, options, from: state).makeAsyncIterator()
        let samples = try #require(try await iterator.next()).samples
        #expect(Set(samples).count == 8)
        #expect(samples.allSatisfy { divided.split(ofSample: $0) == .validation })
        #expect(!sequential || samples == samples.sorted())
      }
    }
  }

  /// A shard of a dataset has the parts of the whole dataset's samples.
  @Test func partsOfAShardMatchTheDataset() async throws {
    let recipe = try Recipe.streamed()
    let names = OutputNames(path: "\(folder.path)/parts.h5", shardCount: 3)
    _ = try DatasetGenerator(recipe: recipe, names: names, threads: 1).run()
    let options = TextureStream.Options(
      split: .train, splitRule: try SplitRule(.fractions(validation: 0.3, test: 0.1), seed: 2))
    var shards: [Int] = []
    for shard in 0..<3 {
      let source = try SampleSource(try DatasetReader(names.shard(shard)))
      shards += try await stream(source, options).copies().flatMap(\.samples)
    }
    #expect(try await stream(SampleSource(recipe), options).copies().flatMap(\.samples).sorted() == shards.sorted())
  }

  /// With the number of divided samples given, a grown dataset has the same parts as before.
  @Test func grownDatasetCanKeepItsParts() async throws {
    func samples(_ source: SampleSource, divided: Int?) async throws -> [Int] {
      let rule = try SplitRule(.fractions(validation: 0.3, test: 0), samples: divided)
      let options = TextureStream.Options(sequential: true, split: .validation, splitRule: rule)
      return try await stream(source, options).copies().flatMap(\.samples)
    }
    let before = try await samples(SampleSource(.streamed(samples: 50)), divided: nil)
    let grown = try SampleSource(.streamed(samples: 90))
    #expect(try await samples(grown, divided: 50) == before)
    #expect(try await samples(grown, divided: nil).filter { $0 < 50 } != before)
  }

  @Test func singleShardStreamsItsOwnSamples() async throws {
    let recipe = try Recipe.streamed()
    let names = OutputNames(path: "\(folder.path)/part.h5", shardCount: 4)
    _ = try DatasetGenerator(recipe: recipe, names: names, threads: 1).run()
    let source = try SampleSource(try DatasetReader(names.shard(1)))
    let samples = try await stream(source).copies().flatMap(\.samples).sorted()
    #expect(samples == Array(names.samples(ofShard: 1, total: 50)))
    // Also the whole folder, without its index.
    try FileManager.default.removeItem(atPath: names.path)
    let whole = try await stream(SampleSource(try DatasetReader(folder.path))).copies()
    #expect(try await whole == stream(SampleSource(recipe)).copies())
  }

  @Test func memoryIsThatOfTheRing() async throws {
    let source = try SampleSource(.streamed())
    var addresses: Set<UInt> = []
    for try await batch in try stream(source, .init(batchSize: 8, epochs: 3, ringSize: 2)) {
      batch.withImages { _ = addresses.insert(UInt(bitPattern: $0.baseAddress)) }
    }
    #expect(addresses.count <= 2)
  }

  @Test func consumerThatHoldsEveryBatchGetsAnError() async throws {
    var iterator = try stream(SampleSource(.streamed()), .init(batchSize: 8, ringSize: 2)).makeAsyncIterator()
    var held: [TextureBatch] = []
    for _ in 0..<2 { held.append(try #require(try await iterator.next())) }
    await #expect { _ = try await iterator.next() } throws: { ($0 as? StreamError)?.code == .ringExhausted }
    // After the release, the stream continues.
    held.removeFirst()
    #expect(try await iterator.next()?.samples.count == 8)
    withExtendedLifetime(held) {}
  }

  /// A single batch in memory gives the same batches and states as a ring, from the beginning and from the middle.
  @Test(arguments: [1, 3], [Augmentation(), Augmentation(crop: 9, flip: true, turn: true, roll: true)])
  func batchesAreTheSameWithoutReadAhead(threads: Int, augmentation: Augmentation) async throws {
    let recipe = try Recipe.streamed(dtype: .float16)
    for source in [try SampleSource(recipe), try folder.source(recipe, shards: 3)] {
      func options(_ readAhead: ReadAhead) -> TextureStream.Options {
        .init(batchSize: 7, epochs: 2, augmentation: augmentation, readAhead: readAhead, threads: threads)
      }
      let expected = try await stream(source, options(.always)).copies()
      #expect(try await stream(source, options(.never)).copies() == expected)
      var (states, number) = ([StreamState](), 0)
      for try await batch in try stream(source, options(.never)) { states.append(batch.stateAfter) }
      for try await batch in try stream(source, options(.always)) {
        #expect(batch.stateAfter == states[number])
        number += 1
      }
      #expect(try await stream(source, options(.never), from: states[4]).copies() == Array(expected[5...]))
    }
  }

  /// Compares textures of several bands, augmented band by band on three threads, with the same changes of whole
  /// textures.
  @Test func largeTexturesAreAugmentedInBands() async throws {
    let recipe = try Recipe.streamed(side: 1600, samples: 4, dtype: .float16)
    let augmentation = Augmentation(flip: true, turn: true, roll: true)
    for source in [try SampleSource(recipe), try folder.source(recipe)] {
      let whole = try await stream(
        source, .init(batchSize: 1, sequential: true, readAhead: .never, threads: 3)
      ).copies()
      let changed = try await stream(
        source, .init(batchSize: 1, sequential: true, augmentation: augmentation, readAhead: .never, threads: 3)
      ).copies()
      #expect(changed.count == 4)
      for (whole, changed) in zip(whole, changed) {
        var expected = [Float](repeating: 0, count: whole.images.count)
        augmentation.apply(
          to: whole.images, shape: recipe.field.shape, seed: 0, epoch: 0, sample: whole.samples[0], into: &expected)
        #expect(changed.images == expected)
      }
    }
  }

  /// A consumer may hold any number of batches, and released memory is reused.
  @Test(arguments: [ReadAhead.automatic, .never])
  func batchesMayOwnTheirMemory(readAhead: ReadAhead) async throws {
    let source = try SampleSource(.streamed())
    let options = TextureStream.Options(batchSize: 8, ringSize: 2, batchMemory: .batch, readAhead: readAhead)
    let expected = try await stream(source, .init(batchSize: 8)).copies()
    var held: [TextureBatch] = []
    for try await batch in try stream(source, options) { held.append(batch) }
    #expect(held.map(\.samples) == expected.map(\.samples))
    for (batch, copy) in zip(held, expected) { batch.withImages { #expect(Array($0) == copy.images) } }
  }

  /// A consumer that releases every batch before it requests the next one needs memory for one batch more than the
  /// ring's two.
  @Test func releasedMemoryIsReused() throws {
    let batches = try stream(
      SampleSource(.streamed()), .init(batchSize: 8, epochs: 4, ringSize: 2, batchMemory: .batch)
    ).makeBlockingIterator()
    func address() throws -> UInt? {
      try batches.next()?.withImages { UInt(bitPattern: $0.baseAddress) }
    }
    var addresses: [UInt] = []
    while let address = try address() { addresses.append(address) }
    #expect(addresses.count == 28 && Set(addresses).count <= 3, "\(addresses.count), \(Set(addresses).count)")
  }

  @Test func threadMayBlockForBatches() async throws {
    let source = try folder.source(.streamed())
    let expected = try await stream(source).copies().map(\.samples)
    let batches = try stream(source).makeBlockingIterator()
    var samples: [[Int]] = []
    while let batch = try batches.next() { samples.append(batch.samples) }
    #expect(samples == expected)
    let stopped = try stream(source, .init(batchSize: 8, epochs: nil)).makeBlockingIterator()
    #expect(try stopped.next()?.samples == expected[0])
    stopped.stop()
    #expect(try stopped.next() == nil)
  }

  /// With 50 samples and 4 ranks in batches of one, the last step has samples for only two ranks.
  @Test(arguments: [1, 8])
  func lastBatchOfARankIsKnown(batchSize: Int) async throws {
    for rank in 0..<4 {
      let stream = try stream(
        SampleSource(.streamed()), .init(batchSize: batchSize, epochs: 2, rank: rank, ranks: 4))
      var last: [Bool] = []
      for try await batch in stream { last.append(stream.isLast(batch)) }
      let count = stream.batchesPerEpoch
      #expect(last.count == 2 * count && last.indices.filter { last[$0] } == [count - 1, 2 * count - 1])
    }
  }

  @Test(arguments: [1, 3])
  func samplesAreReadInAnyOrder(threads: Int) throws {
    let recipe = try Recipe.streamed(dtype: .float16)
    for source in [try folder.source(recipe, shards: 3), try SampleSource(recipe)] {
      let order = [49, 0, 17, 17]
      var pixels = [Float](repeating: 0, count: order.count * 256)
      try pixels.withUnsafeMutableBufferPointer { try source.read(order, into: $0, threads: threads) }
      let sampler = try TextureSampler(recipe)
      for (place, sample) in order.enumerated() {
        let texture = try sampler.texture(sample: sample, choices: recipe.choices(ofClass: sample % 2))
        #expect(Array(pixels[place * 256..<(place + 1) * 256]) == texture.map { Float(Float16($0)) })
      }
      let error = #expect(throws: StreamError.self) {
        try pixels.withUnsafeMutableBufferPointer { try source.read([0, 50], into: $0, threads: threads) }
      }
      #expect(error?.code == .invalidOptions && error?.message == "sample 50: expected 0 to 49")
    }
  }

  @Test func withoutReadAheadABatchMustBeReleasedBeforeTheNext() async throws {
    let options = TextureStream.Options(batchSize: 8, readAhead: .never)
    var iterator = try stream(SampleSource(.streamed()), options).makeAsyncIterator()
    var held = try await iterator.next()
    await #expect { _ = try await iterator.next() } throws: {
      ($0 as? StreamError)?.code == .ringExhausted && "\($0)".contains("does not read ahead")
    }
    #expect(held?.samples.count == 8)
    held = nil
    #expect(try await iterator.next()?.samples.count == 8)
  }

  /// Batches of up to 10^9 bytes are read ahead: 3 x 4 x 1024^2 x 79 = 994 MB, 1007 MB with 80.
  @Test func largeBatchesAreNotReadAhead() throws {
    let shape = FieldShape.square(side: 1024)
    var options = TextureStream.Options(batchSize: 3 * 79, threads: 4)
    #expect(options.readsAhead(shape))
    #expect(options.ringBytes(of: shape) == 3 * options.batchBytes(of: shape))
    #expect(options.workers(of: shape) == 4 && options.threadsPerWorker(of: shape) == 1)
    options.batchSize = 3 * 80
    #expect(!options.readsAhead(shape))
    #expect(options.ringBytes(of: shape) == options.batchBytes(of: shape))
    // The size of the crop counts, not that of the texture.
    options.augmentation.crop = 1000
    #expect(options.readsAhead(shape))
    let large = TextureStream.Options(batchSize: 1, threads: 4)
    #expect(large.workers(of: .square(side: 32768)) == 1 && large.threadsPerWorker(of: .square(side: 32768)) == 4)
  }

  @Test func streamMayBeAbandonedAtAnyTime() async throws {
    for count in 0..<4 {
      var iterator = try stream(SampleSource(.streamed()), .init(batchSize: 8, epochs: nil)).makeAsyncIterator()
      for _ in 0..<count { #expect(try await iterator.next() != nil) }
    }
  }

  @Test func cancelledConsumerEnds() async throws {
    let stream = try stream(SampleSource(.streamed()), .init(batchSize: 8, epochs: nil))
    let task = Task {
      var count = 0
      for try await _ in stream { count += 1 }
      return count
    }
    task.cancel()
    _ = try await task.value
  }

  @Test func truncatedFileIsAnError() async throws {
    let recipe = try Recipe.streamed()
    let file = "\(folder.path)/cut.h5"
    _ = try DatasetGenerator(recipe: recipe, names: OutputNames(path: file, shardCount: 1), threads: 1).run()
    let source = try SampleSource(try DatasetReader(file))
    truncate(file, 30_000)
    await #expect { _ = try await stream(source).copies() } throws: {
      ($0 as? StreamError)?.code == .unreadable && "\($0)".contains("cut.h5")
    }
  }

  /// With the whole epoch read ahead, the batches before the first unreadable sample are delivered, and then its error.
  @Test(arguments: [1, 2, 5], [true, false])
  func unreadableSampleEndsTheStreamAtItsOwnBatch(threads: Int, sequential: Bool) async throws {
    let recipe = try Recipe.streamed(samples: 400)
    let file = "\(folder.path)/cut.h5"
    _ = try DatasetGenerator(recipe: recipe, names: OutputNames(path: file, shardCount: 1), threads: 1).run()
    let dataset = try DatasetReader(file)
    let source = try SampleSource(dataset)
    let options = TextureStream.Options(batchSize: 4, sequential: sequential, ringSize: 100, threads: threads)
    let whole = try await stream(source, options).copies()
    // Truncate within sample 390.
    truncate(file, off_t(dataset.shards[0].layout.imageOffset + 390 * 1024 + 512))
    let failing = try #require(whole.firstIndex { $0.samples.contains { $0 >= 390 } })
    for _ in 0..<5 {
      var iterator = try stream(source, options).makeAsyncIterator()
      for batch in whole[..<failing] { #expect(try await iterator.next()?.samples == batch.samples) }
      await #expect { _ = try await iterator.next() } throws: { ($0 as? StreamError)?.code == .unreadable }
    }
  }

  /// No value traps or is clamped.
  @Test(arguments: [
    (TextureStream.Options(batchSize: .max), "batch size 9223372036854775807: expected 1 to 65536"),
    (.init(batchSize: 1 << 16 + 1), "batch size 65537: expected 1 to 65536"),
    (.init(rank: .max - 1, ranks: .max), "9223372036854775807 ranks: expected 1 to 1048576"),
    (.init(rank: .max), "rank 9223372036854775807 of 1: expected 0 to 0"),
    (.init(ringSize: .max), "a ring of 9223372036854775807 batches: expected 2 to 1024"),
    (.init(threads: 1025), "1025 threads: expected 1 to 1024"),
    (.init(epochs: 0), "0 epochs: expected 1 to 4294967296"),
    (.init(epochs: .max), "9223372036854775807 epochs: expected 1 to 4294967296"),
  ])
  func countsOutOfRangeAreRefused(options: TextureStream.Options, message: String) throws {
    let source = try SampleSource(.streamed())
    let error = #expect(throws: StreamError.self) { try stream(source, options) }
    #expect(error?.code == .invalidOptions)
    #expect(error?.message == message)
  }

  @Test func invalidOptionsAreRefused() throws {
    let source = try SampleSource(.streamed())
    let rule = try SplitRule(.fractions(validation: 0, test: 0))
    let wrong: [(TextureStream.Options, StreamError.Code)] = [
      (.init(batchSize: 0), .invalidOptions), (.init(rank: 2, ranks: 2), .invalidOptions),
      (.init(rank: -1), .invalidOptions), (.init(ringSize: 1), .invalidOptions), (.init(threads: 0), .invalidOptions),
      (.init(epochs: -1), .invalidOptions), (.init(split: .train), .invalidOptions),
      (.init(augmentation: Augmentation(crop: 17)), .invalidOptions),
      (.init(split: .validation, splitRule: rule), .empty), (.init(rank: 0, ranks: 51), .empty),
    ]
    for (options, code) in wrong {
      #expect { try stream(source, options) } throws: { ($0 as? StreamError)?.code == code }
    }
  }
}
