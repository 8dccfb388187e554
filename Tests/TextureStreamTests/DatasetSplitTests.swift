import Testing

@testable import TextureStream

@Suite struct DatasetSplitTests {
  private func split(
    _ validation: Double, _ test: Double, seed: UInt64 = 0, samples: Int, classCount: Int
  ) throws -> DatasetSplit {
    try DatasetSplit(
      SplitRule(.fractions(validation: validation, test: test), seed: seed), samples: samples, classCount: classCount)
  }

  /// The number of samples of each class in a part.
  private func counts(_ part: Split, _ divided: DatasetSplit, classCount: Int) -> [Int] {
    (0..<classCount).map { index in
      stride(from: index, to: divided.samples, by: classCount).count { divided.split(ofSample: $0) == part }
    }
  }

  @Test(
    arguments: [0 as UInt64, 1, 2018],
    [(0.2, 0.1), (0.5, 0), (1, 0), (0, 0), (0.01, 0.3), (0.5, 0.5), (0.07, 0.93), (0.25, 0.25), (1 / 3, 1 / 3)]
      as [(Double, Double)])
  func everyClassHasTheFloorOrTheCeiling(seed: UInt64, fractions: (Double, Double)) throws {
    for classCount in [1, 4, 6] {
      for samples in [1, 3, 5, 6, 40, 41, 99, 250] {
        let divided = try split(fractions.0, fractions.1, seed: seed, samples: samples, classCount: classCount)
        for (part, fraction) in [
          (Split.validation, fractions.0), (.test, fractions.1), (.train, 1 - fractions.0 - fractions.1),
        ] {
          let counts = counts(part, divided, classCount: classCount)
          for index in 0..<classCount {
            let share = fraction * Double((samples + classCount - 1 - index) / classCount)
            #expect(abs(Double(counts[index]) - share) < 1 - 1e-9 || share.rounded() == share)
            #expect(abs(Double(counts[index]) - share) < 1e-9 || abs(share - share.rounded()) > 1e-9)
          }
          let total = counts.reduce(0, +)
          #expect(total == divided.count(of: part))
          if part != .train { #expect(abs(Double(total) - fraction * Double(samples)) < 0.5 + 1e-9) }
        }
      }
    }
  }

  @Test func aFifthOfFortySamplesIsTwoOfEachOfFourClasses() throws {
    for seed in 0..<20 as Range<UInt64> {
      let divided = try split(0.2, 0, seed: seed, samples: 40, classCount: 4)
      #expect(counts(.validation, divided, classCount: 4) == [2, 2, 2, 2])
    }
  }

  /// 0.07 times 100 is 7 and a rounding error.
  @Test func decimalFractionsHaveNoRoundingErrors() throws {
    for percent in 0...100 {
      let divided = try split(Double(percent) / 100, 0, samples: 400, classCount: 4)
      #expect(counts(.validation, divided, classCount: 4) == [percent, percent, percent, percent])
    }
  }

  /// In 2,000 divisions of 25 samples of 3 classes (9, 8 and 8), with 0.3 and 0.2 held out, the samples of a class are
  /// in each part equally often, within 5 standard deviations, and so are the 16 samples of the two classes of equal
  /// size. A false alarm occurs less than once in 30,000 choices of seeds.
  @Test func samplesOfAClassAreEquallyLikely() throws {
    let parts = [Split.validation, .test]
    var counts = [[Double]](repeating: [0, 0], count: 25)
    for seed in 0..<2000 as Range<UInt64> {
      let divided = try split(0.3, 0.2, seed: seed, samples: 25, classCount: 3)
      for sample in 0..<25 {
        for (place, part) in parts.enumerated() where divided.split(ofSample: sample) == part {
          counts[sample][place] += 1
        }
      }
    }
    for place in parts.indices {
      for group in [(0..<25).filter { $0 % 3 == 0 }, (0..<25).filter { $0 % 3 != 0 }] {
        let mean = group.reduce(0) { $0 + counts[$1][place] } / Double(group.count)
        #expect(abs(mean / 2000 - [0.3, 0.2][place]) < 0.04)
        let bound = 5 * (mean * (1 - mean / 2000)).squareRoot()
        #expect(group.allSatisfy { abs(counts[$0][place] - mean) < bound }, "\(group.map { counts[$0][place] })")
      }
    }
  }

  @Test(arguments: [(10, 6), (7, 3), (0, 5), (5, 0), (1, 1), (39, 1), (0, 40)])
  func countsAreExactAndEven(validation: Int, test: Int) throws {
    let divided = try DatasetSplit(
      SplitRule(.counts(validation: validation, test: test), seed: 5), samples: 40, classCount: 4)
    for (part, count) in [(Split.validation, validation), (.test, test)] {
      let counts = counts(part, divided, classCount: 4)
      #expect(counts.reduce(0, +) == count && divided.count(of: part) == count)
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 2)
    }
  }

  @Test(arguments: [(41, 0), (20, 21), (Int.max, Int.max)])
  func tooManyHeldOutSamplesAreRefused(validation: Int, test: Int) throws {
    let rule = try SplitRule(.counts(validation: validation, test: test))
    let error = #expect(throws: StreamError.self) { try DatasetSplit(rule, samples: 40, classCount: 4) }
    #expect(error?.message.hasSuffix("expected at most 40 together, the dataset's number") == true)
  }

  /// Each sample of a part once: by number, and ascending from any number, in a range of the dataset or all of it.
  @Test(arguments: [SplitRule.Size.fractions(validation: 0.3, test: 0.1), .counts(validation: 50, test: 21)])
  func samplesOfAPartAreFoundByNumber(size: SplitRule.Size) throws {
    let divided = try DatasetSplit(SplitRule(size, seed: 4), samples: 157, classCount: 6)
    for part in Split.allCases {
      for range in [0..<157, 30..<93, 93..<157, 12..<12, 100..<200] {
        let expected = range.clamped(to: 0..<157).filter { divided.split(ofSample: $0) == part }
        let index = try PartIndex(part, of: divided, in: range)
        #expect(index.count == expected.count)
        #expect((0..<index.count).map { index[$0] }.sorted() == expected)
        for start in [0, 1, index.count / 2, index.count] where start <= index.count {
          var walk = AscendingWalk(index, from: start)
          var found: [Int] = []
          while let sample = walk.next() { found.append(sample) }
          #expect(found == Array(expected[start...]))
        }
      }
    }
  }

  @Test func seedsGiveDifferentDivisions() throws {
    func parts(_ seed: UInt64) throws -> [Split] {
      let divided = try split(0.3, 0, seed: seed, samples: 200, classCount: 4)
      return (0..<200).map { divided.split(ofSample: $0) }
    }
    #expect(try parts(0) == parts(0))
    #expect(try parts(0) != parts(1))
  }

  /// The maximum number of samples and classes, counted and found without a search.
  @Test func maximumDatasetIsDivided() throws {
    let samples = 1 << 32 - 1
    let divided = try split(0.2, 0.1, samples: samples, classCount: 1024)
    #expect(divided.count(of: .validation) == 858_993_459)
    #expect(divided.count(of: .test) == 429_496_730)
    for part in Split.allCases {
      let index = try PartIndex(part, of: divided, in: 0..<samples)
      let some = (0..<1000).map { index[$0 * (index.count / 1000)] }
      #expect(Set(some).count == 1000 && some.allSatisfy { divided.split(ofSample: $0) == part })
      var walk = AscendingWalk(index, from: index.count - 2)
      let last = [walk.next(), walk.next()].compactMap { $0 }
      #expect(last.count == 2 && walk.next() == nil && last == last.sorted())
      #expect(last.allSatisfy { divided.split(ofSample: $0) == part })
    }
  }
}
