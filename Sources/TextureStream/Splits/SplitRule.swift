/// The division of a dataset into parts, which is independent of shuffling, shards and ranks.
public struct SplitRule: Equatable, Sendable {
  /// The sizes of the parts.
  public enum Size: Equatable, Sendable {
    /// Fractions of each class, drawn at random by the seed.
    case fractions(validation: Double, test: Double)
    /// Total numbers of samples: the first of each class are the test set, the next the validation set. The seed is
    /// ignored.
    case counts(validation: Int, test: Int)
  }

  /// The sizes of the parts.
  public let size: Size
  /// Selects the division.
  public let seed: UInt64
  /// The method of drawing fractions.
  public let version: SplitVersion
  /// Divide only this many samples, the first of the dataset, and leave the rest out of all parts; nil for all samples.
  /// With it, a dataset keeps its parts when it grows. ``SplitVersion/circle`` does not need it.
  public let samples: Int?

  /// - Throws: ``StreamError`` with code `.invalidOptions` if the sizes are negative, or fractions exceed 1.
  public init(
    _ size: Size, seed: UInt64 = 0, version: SplitVersion = .exact, samples: Int? = nil
  ) throws(StreamError) {
    switch size {
    case .fractions(let validation, let test):
      guard validation >= 0, test >= 0, validation + test <= 1 else {
        throw StreamError(
          .invalidOptions, "fractions \(validation) and \(test): expected both at least 0 and their sum at most 1")
      }
    case .counts(let validation, let test):
      guard validation >= 0, test >= 0 else {
        throw StreamError(.invalidOptions, "counts \(validation) and \(test): expected both at least 0")
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

  /// The rule for optional values: counts if any is given, else fractions, by default 0.2 for validation.
  ///
  /// - Throws: ``StreamError`` with code `.invalidOptions`, like the other initializer.
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
