import GaussianField
import TextureDataset

/// The parts of a dataset.
public enum Split: String, CaseIterable, Codable, Sendable {
  /// What the others leave.
  case train
  /// For choosing.
  case validation
  /// For the last word.
  case test
}

/// Which part a sample is of: decided by the split's seed and the sample's index alone, so that parts do not change with
/// shuffling, shards or more samples; in the same proportion in every class.
public struct SplitRule: Equatable, Sendable {
  /// How large the parts are.
  public enum Size: Equatable, Sendable {
    /// Fractions of each class: any number of samples has them to within a few samples a class.
    case fractions(validation: Double, test: Double)
    /// Numbers of samples in all: the first of each class are the test set, the next the validation set. The seed then
    /// has no say.
    case counts(validation: Int, test: Int)
  }

  /// How large the parts are.
  public let size: Size
  /// Another division for each.
  public let seed: UInt64

  /// - Throws: ``StreamError`` with code `.invalidOptions` where the sizes are negative or more than all.
  public init(_ size: Size, seed: UInt64 = 0) throws(StreamError) {
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
    self.size = size
    self.seed = seed
  }

  /// The part that a sample is of.
  ///
  /// Fractions: the samples of a class are put on a circle one after the other, each a golden section on from the last,
  /// so that every run of them covers the circle evenly; parts are arcs of it. The seed turns each class's circle.
  public func split(ofSample sample: Int, classCount: Int) -> Split {
    let (position, index) = sample.quotientAndRemainder(dividingBy: classCount)
    switch size {
    case .fractions(let validation, let test):
      let words = Philox4x32.block(
        counter: SIMD4(UInt32(index), 0, NoisePurpose.order.rawValue << 24 | 1, 0), key: seed)
      let turn = UInt64(words.x) << 32 | UInt64(words.y)
      // 2^64 over the golden ratio.
      let point = Double((turn &+ UInt64(position) &* 0x9E37_79B9_7F4A_7C15) >> 11) * 0x1p-53
      return point < test ? .test : point < test + validation ? .validation : .train
    case .counts(let validation, let test):
      let tests = Self.share(of: test, class: index, classCount)
      // Classes that got one more test sample get one less for validation: together they are even.
      let both = Self.share(of: test + validation, class: index, classCount)
      return position < tests ? .test : position < both ? .validation : .train
    }
  }

  private static func share(of count: Int, class index: Int, _ classCount: Int) -> Int {
    count / classCount + (index < count % classCount ? 1 : 0)
  }
}
