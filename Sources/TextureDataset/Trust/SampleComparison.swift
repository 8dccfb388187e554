import Foundation
import GaussianField
import Synchronization

/// A stored sample beside the same one made again.
struct SampleComparison: Sendable {
  /// What a difference is.
  enum Verdict: Sendable {
    case identical
    /// As another processor or another build of the transform rounds.
    case rounding
    /// Other pixels.
    case other
  }

  let verdict: Verdict
  /// The largest absolute difference; infinite where one of two pixels is not a number.
  let largestDifference: Double
  /// The same, in standard deviations of the class's textures.
  let largestRelativeDifference: Double

  /// What rounding can come to, in standard deviations.
  static let greatestRounding = 1e-4

  /// Makes a sample again and compares.
  ///
  /// - Parameters:
  ///   - maker: of the recipe.
  ///   - deviation: of the class's textures.
  ///   - read: fills bytes from an offset in the stored sample; called from any thread.
  init(
    sample: Int, recipe: Recipe, maker: SampleMaker, deviation: Double, goOn: @escaping @Sendable () -> Bool,
    read: @Sendable (UnsafeMutableRawBufferPointer, Int) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    // The largest difference, and the largest beyond a half-precision pixel's own spacing.
    let differences = Mutex((isSame: true, largest: 0.0, beyondSpacing: 0.0))
    _ = try maker.make(sample: sample, goOn: goOn) { band, offset throws(DatasetError) in
      let memory = try PieceBuffer(count: band.count)
      defer { withExtendedLifetime(memory) {} }
      let stored = memory.bytes
      try read(stored, offset)
      let theirs = UnsafeRawBufferPointer(stored)
      guard let a = band.baseAddress, let b = theirs.baseAddress, memcmp(a, b, band.count) != 0 else { return }
      let found = Self.differences(band, theirs, recipe.dtype)
      differences.withLock { all in
        all = (false, max(all.largest, found.largest), max(all.beyondSpacing, found.beyondSpacing))
      }
    }
    let all = differences.withLock { $0 }
    largestDifference = all.largest
    largestRelativeDifference = all.largest / deviation
    verdict = all.isSame ? .identical : all.beyondSpacing <= Self.greatestRounding * deviation ? .rounding : .other
  }

  private static func differences(
    _ made: UnsafeRawBufferPointer, _ stored: UnsafeRawBufferPointer, _ dtype: Recipe.DType
  ) -> (largest: Double, beyondSpacing: Double) {
    var (largest, beyond) = (0.0, 0.0)
    for offset in stride(from: 0, to: made.count, by: dtype.size) {
      let (a, b, spacing): (Double, Double, Double)
      switch dtype {
      case .float32:
        a = Double(made.load(fromByteOffset: offset, as: Float.self))
        b = Double(stored.load(fromByteOffset: offset, as: Float.self))
        spacing = 0
      case .float16:
        let half = made.load(fromByteOffset: offset, as: Float16.self)
        a = Double(half)
        b = Double(stored.load(fromByteOffset: offset, as: Float16.self))
        // A pixel near the middle of two halves may fall to either.
        spacing = Double(half.ulp)
      }
      let difference = a == b ? 0 : abs(a - b)
      // Not a number, too, is a difference.
      guard difference.isFinite else { return (.infinity, .infinity) }
      largest = max(largest, difference)
      beyond = max(beyond, difference - spacing)
    }
    return (largest, beyond)
  }
}

extension TextureSampler {
  /// The standard deviation of pixels in a class of a recipe's, over the ensemble.
  func deviation(ofClass index: Int, of recipe: Recipe) -> Double {
    recipe.standardize
      ? recipe.weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
      : variance(choices: recipe.choices(ofClass: index)).squareRoot()
  }
}
