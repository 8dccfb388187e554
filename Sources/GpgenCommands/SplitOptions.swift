import ArgumentParser
import TextureStream

/// The options that say which samples are in which part.
struct SplitOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "The validation part's fraction of each class. (default: 0.2)")
  var validationFraction: Double?

  @Option(parsing: .unconditional, help: "The test part's fraction of each class. (default: 0)")
  var testFraction: Double?

  @Option(
    parsing: .unconditional, help: "Samples in the validation part, in place of fractions.",
    transform: OptionRange.sampleCount)
  var validationCount: Int?

  @Option(
    parsing: .unconditional, help: "Samples in the test part, in place of fractions.",
    transform: OptionRange.sampleCount)
  var testCount: Int?

  @Option(
    parsing: .unconditional, help: "Seed of the division into parts. (default: 0)",
    transform: OptionRange.seed)
  var splitSeed: UInt64?

  /// The names of the options that are given.
  var given: [String] {
    [
      ("--validation-fraction", validationFraction != nil), ("--test-fraction", testFraction != nil),
      ("--validation-count", validationCount != nil), ("--test-count", testCount != nil),
      ("--split-seed", splitSeed != nil),
    ].filter(\.1).map(\.0)
  }

  func validate() throws {
    let counts = validationCount != nil || testCount != nil
    guard !counts || validationFraction == nil && testFraction == nil else {
      throw ValidationError("The parts are given by fractions and by counts; give one of both.")
    }
  }

  var rule: SplitRule {
    get throws(StreamError) {
      try SplitRule(
        validationFraction: validationFraction, testFraction: testFraction, validationCount: validationCount,
        testCount: testCount, seed: splitSeed)
    }
  }
}
