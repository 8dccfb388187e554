import TextureDataset
import Testing

@testable import TextureStream

@Suite struct SplitRuleTests {
  @Test func invalidSizesAreRefused() {
    #expect(throws: StreamError.self) { try SplitRule(.fractions(validation: 0.7, test: 0.4)) }
    #expect(throws: StreamError.self) { try SplitRule(.fractions(validation: -0.1, test: 0)) }
    #expect(throws: StreamError.self) { try SplitRule(.fractions(validation: .nan, test: 0)) }
    #expect(throws: StreamError.self) { try SplitRule(.counts(validation: -1, test: 0)) }
    #expect(throws: StreamError.self) { try SplitRule(.fractions(validation: 0.2, test: 0), samples: -1) }
  }

  /// Version 1: for any number of samples, each class meets the fractions to within three samples.
  @Test(arguments: [0 as UInt64, 1, 2018], [(0.2, 0.1), (0.5, 0), (1, 0), (0, 0), (0.01, 0.3)])
  func circleApproximatesTheFractions(seed: UInt64, fractions: (Double, Double)) {
    for classCount in [1, 4, 6] {
      let circle = CircleSplit(validation: fractions.0, test: fractions.1, seed: seed, classCount: classCount)
      for count in [10, 100, 1000] {
        for index in 0..<classCount {
          let parts = (0..<count).map { circle.split(ofSample: $0 * classCount + index) }
          let (validation, test) = (parts.count { $0 == .validation }, parts.count { $0 == .test })
          #expect(abs(Double(validation) - fractions.0 * Double(count)) < 3)
          #expect(abs(Double(test) - fractions.1 * Double(count)) < 3)
        }
      }
    }
  }

  /// Version 1 as in gpgen 0.1.0: runs that began with it resume with the same samples in the same order.
  @Test func circleMatchesVersion1() async throws {
    let rule = try SplitRule(.fractions(validation: 0.2, test: 0), version: .circle)
    let source = try SampleSource(
      Recipe(side: 16, lengthScales: [[1, 3]], weights: [1], seed: 3, samples: 40))
    func samples(sequential: Bool) async throws -> [Int] {
      let stream = try TextureStream(
        source, options: .init(sequential: sequential, split: .validation, splitRule: rule))
      #expect(stream.sampleCount == 8)
      return try await stream.copies().flatMap(\.samples)
    }
    #expect(try await samples(sequential: true) == [2, 5, 12, 15, 18, 25, 28, 31])
    // The shuffled order of all samples, without those of the other part.
    let all = try await TextureStream(source).copies().flatMap(\.samples)
    let part: Set = [2, 5, 12, 15, 18, 25, 28, 31]
    #expect(try await samples(sequential: false) == all.filter(part.contains))
  }
}
