/// How a dataset is divided into parts. The parts do not depend on shuffling, shards or ranks.
public struct SplitRule: Equatable, Sendable {
  /// How large the parts are.
  public enum Size: Equatable, Sendable {
    /// Fractions of each class, whose samples are drawn by the seed.
    case fractions(validation: Double, test: Double)
    /// Numbers of samples in all: the first of each class are the test set, the next the validation set. The seed then
    /// has no say.
    case counts(validation: Int, test: Int)
  }

  /// How large the parts are.
  public let size: Size
  /// Another division for each.
  public let seed: UInt64
  /// How fractions are drawn.
  public let version: SplitVersion
  /// Divide the first so many samples of a dataset, and leave the rest out of all parts; none for all samples. With
  /// this, a dataset that has grown keeps the parts that it had. ``SplitVersion/circle`` needs no number.
  public let samples: Int?

  /// - Throws: ``StreamError`` with code `.invalidOptions` where the sizes are negative or more than all.
  public init(
    _ size: Size, seed: UInt64 = 0, version: SplitVersion = .exact, samples: Int? = nil
  ) throws(StreamError) {
    switch size {
    case .fractions(let validation, let test):
      guard validation >= 0, test >= 0, validation + test <= 1 else {
        throw StreamError(
          .invalidOptions, "fractions \(validation) and \(test): expected two of at least 0 and together at most 1")
      }
    case .counts(let validation, let test):
      guard validation >= 0, test >= 0 else {
        throw StreamError(.invalidOptions, "counts \(validation) and \(test): expected two of at least 0")
      }
    }
    guard samples.map({ (0..<1 << 32).contains($0) }) ?? true else {
      throw StreamError(.invalidOptions, "\(samples ?? 0) samples to divide: expected 0 to 4294967295")
    }
    self.size = size
    self.seed = seed
    self.version = version
    self.samples = samples
  }

  /// The rule of options that may be left out: counts where one is given, else fractions, of which 0.2 is for validation.
  ///
  /// - Throws: ``StreamError`` with code `.invalidOptions`, as the other initializer does.
  package init(
    validationFraction: Double?, testFraction: Double?, validationCount: Int?, testCount: Int?, seed: UInt64?
  ) throws(StreamError) {
    let size: Size =
      validationCount != nil || testCount != nil
      ? .counts(validation: validationCount ?? 0, test: testCount ?? 0)
      : .fractions(validation: validationFraction ?? 0.2, test: testFraction ?? 0)
    try self.init(size, seed: seed ?? 0)
  }
}
