import TextureDataset
import Testing

@testable import TextureStream

@Suite struct SampleLimitTests {
  /// Six classes.
  private func source(samples: Int) throws -> SampleSource {
    try SampleSource(Recipe(side: 8, lengthScales: [[1, 1.5, 2], [2.5, 3]], weights: [1, 1], samples: samples))
  }

  private func samples(of part: SamplePart, key: UInt64?) -> [Int] {
    var order = EpochOrder(part, key: key, epoch: 0, from: 0)
    var samples: [Int] = []
    while let sample = order.next() { samples.append(sample) }
    return samples
  }

  /// The first samples of each class in the part, in equal numbers, in every order; smaller selections are subsets of
  /// larger ones.
  @Test(arguments: [SplitVersion.exact, .circle], [Split.train, .validation, nil])
  func firstSamplesOfEachClassAreSelected(version: SplitVersion, split: Split?) throws {
    let source = try source(samples: 157)
    let rule = try SplitRule(.fractions(validation: 0.4, test: 0), seed: 3, version: version)
    let all = samples(of: try SamplePart(split, rule, of: source), key: nil)
    var smaller: Set<Int> = []
    for count in [1, 5, 6, 7, 29, 30, all.count - 1, all.count] {
      let part = try SamplePart(split, rule, limit: SampleLimit(count), of: source)
      let found = samples(of: part, key: nil)
      #expect(part.count == count && found.count == count && found == found.sorted())
      #expect(samples(of: part, key: 4).sorted() == found)
      var counts = Array(repeating: 0, count: 6)
      for sample in found { counts[sample % 6] += 1 }
      for index in 0..<6 {
        let members = all.filter { $0 % 6 == index }
        #expect(found.filter { $0 % 6 == index } == Array(members.prefix(counts[index])))
        // A class may run out of samples.
        #expect((counts.max() ?? 0) - counts[index] <= 1 || counts[index] == members.count)
      }
      #expect(smaller.isSubset(of: found))
      smaller = Set(found)
    }
    for count in [0, all.count + 1] {
      let error = #expect(throws: StreamError.self) {
        try SamplePart(split, rule, limit: SampleLimit(count), of: source)
      }
      #expect(error?.code == .invalidOptions)
    }
  }

  /// A selection from the whole dataset, of which only some samples are available.
  @Test func selectionDoesNotDependOnTheAvailableSamples() throws {
    let divided = try DatasetSplit(
      SplitRule(.fractions(validation: 0.3, test: 0), seed: 4), samples: 157, classCount: 6)
    let limit = SampleLimit(40, of: 10..<157)
    let whole = try PartIndex(.train, of: divided, in: 0..<157, limit: limit)
    let all = (0..<whole.count).map { whole[$0] }.sorted()
    #expect(all.count == 40 && all[0] >= 10)
    for range in [0..<157, 0..<30, 25..<60, 60..<157, 150..<157] {
      let index = try PartIndex(.train, of: divided, in: range, limit: limit)
      let expected = all.filter(range.contains)
      #expect((0..<index.count).map { index[$0] }.sorted() == expected)
      for start in [0, expected.count / 2, expected.count] {
        var walk = AscendingWalk(index, from: start)
        var found: [Int] = []
        while let sample = walk.next() { found.append(sample) }
        #expect(found == Array(expected[start...]))
      }
    }
  }

  @Test(arguments: [
    (1, [5, 5, 5], [1, 0, 0]), (7, [5, 5, 5], [3, 2, 2]), (7, [1, 9, 9], [1, 3, 3]), (8, [1, 9, 9], [1, 4, 3]),
    (11, [2, 0, 9], [2, 0, 9]),
  ])
  func numbersPerClassAreAsEvenAsPossible(count: Int, available: [Int], shares: [Int]) throws {
    #expect(try SampleLimit(count).shares(of: available) == shares)
  }

  /// The maximum number of samples, found without a search.
  @Test func selectionFromTheMaximumDatasetIsFound() throws {
    let samples = 1 << 32 - 1
    let divided = try DatasetSplit(SplitRule(.fractions(validation: 0.2, test: 0)), samples: samples, classCount: 1024)
    let index = try PartIndex(.train, of: divided, in: 0..<samples, limit: SampleLimit(5000))
    var walk = AscendingWalk(index, from: 4998)
    let last = [walk.next(), walk.next()].compactMap { $0 }
    #expect(last.count == 2 && walk.next() == nil && index.samples.upperBound == last[1] + 1)
    #expect(index.samples.count < 20_000)
  }

  @Test func streamHasTheSelectedSamples() async throws {
    let stream = try TextureStream(source(samples: 40), options: .init(batchSize: 5, limit: SampleLimit(13)))
    #expect(stream.sampleCount == 13 && stream.batchesPerEpoch == 3)
    #expect(try await stream.copies().flatMap(\.samples).sorted() == Array(0..<13))
  }
}
