import ArgumentParser
import TextureStream

/// The options that divide samples into parts.
struct SplitOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Fraction of each class in the validation part. (default: 0.2)", valueName: "fraction"))
  var validationFraction: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Fraction of each class in the test part. (default: 0)", valueName: "fraction"))
  var testFraction: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Number of samples in the validation part, instead of a fraction.", valueName: "samples"),
    transform: OptionRange.sampleCount)
  var validationCount: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Number of samples in the test part, instead of a fraction.", valueName: "samples"),
    transform: OptionRange.sampleCount)
  var testCount: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of the division into parts. (default: 0)", valueName: "seed"),
    transform: OptionRange.seed)
  var splitSeed: UInt64?

  /// The names of the given options.
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
      throw ValidationError("The parts are given both by fractions and by counts; give either fractions or counts.")
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
