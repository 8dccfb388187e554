import Testing

@testable import TextureStream

@Suite struct SplitRuleTests {
  /// Any number of samples has the fractions, class by class, to within three samples.
  @Test(arguments: [0 as UInt64, 1, 2018], [(0.2, 0.1), (0.5, 0), (1, 0), (0, 0), (0.01, 0.3)])
  func everyClassHasTheFractions(seed: UInt64, fractions: (Double, Double)) throws {
    let rule = try SplitRule(.fractions(validation: fractions.0, test: fractions.1), seed: seed)
    for classCount in [1, 4, 6] {
      for count in [10, 100, 1000] {
        for index in 0..<classCount {
          let parts = (0..<count).map { rule.split(ofSample: $0 * classCount + index, classCount: classCount) }
          let (validation, test) = (parts.count { $0 == .validation }, parts.count { $0 == .test })
          #expect(abs(Double(validation) - fractions.0 * Double(count)) < 3)
          #expect(abs(Double(test) - fractions.1 * Double(count)) < 3)
        }
      }
    }
  }

  @Test func seedsDivideOtherwise() throws {
    func parts(_ seed: UInt64) throws -> [Split] {
      let rule = try SplitRule(.fractions(validation: 0.3, test: 0), seed: seed)
      return (0..<200).map { rule.split(ofSample: $0, classCount: 4) }
    }
    #expect(try parts(0) == parts(0))
    #expect(try parts(0) != parts(1))
  }

  @Test(arguments: [(10, 6), (7, 3), (0, 5), (5, 0), (1, 1)])
  func countsAreExactAndEven(validation: Int, test: Int) throws {
    let rule = try SplitRule(.counts(validation: validation, test: test), seed: 5)
    let parts = (0..<40).map { rule.split(ofSample: $0, classCount: 4) }
    #expect(parts.count { $0 == .validation } == validation)
    #expect(parts.count { $0 == .test } == test)
    for part in [Split.validation, .test] {
      let counts = (0..<4).map { index in (0..<40).count { $0 % 4 == index && parts[$0] == part } }
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 2)
    }
  }

  @Test func sizesThatCannotBeAreRefused() {
    #expect(throws: StreamError.self) { try SplitRule(.fractions(validation: 0.7, test: 0.4)) }
    #expect(throws: StreamError.self) { try SplitRule(.fractions(validation: -0.1, test: 0)) }
    #expect(throws: StreamError.self) { try SplitRule(.fractions(validation: .nan, test: 0)) }
    #expect(throws: StreamError.self) { try SplitRule(.counts(validation: -1, test: 0)) }
  }
}
