import Foundation
import GaussianField
import Synchronization

/// The comparison of a stored sample with the regenerated one.
struct SampleComparison: Sendable {
  /// The kind of difference.
  enum Verdict: Sendable {
    case identical
    /// A difference in rounding, as from another processor or FFTW build.
    case rounding
    /// Different pixels.
    case other
  }

  let verdict: Verdict
  /// The maximum absolute difference; infinite if either pixel is NaN.
  let maximumDifference: Double
  /// The same, in standard deviations of the class's textures.
  let maximumRelativeDifference: Double

  /// The maximum difference attributed to rounding, in standard deviations.
  static let maximumRounding = 1e-4

  /// Regenerates a sample and compares.
  ///
  /// - Parameter generator: for the recipe's textures.
  init(
    _ sample: Int, in file: SampleFile, recipe: Recipe, generator: SampleGenerator,
    shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) {
    // The maximum difference, and the maximum in excess of the spacing of half-precision values.
    let differences = Mutex((isSame: true, maximum: 0.0, beyondSpacing: 0.0))
    _ = try generator.make(sample: sample, shouldContinue: shouldContinue) { band, offset throws(DatasetError) in
      let memory = try ReadBuffer(count: band.count)
      defer { withExtendedLifetime(memory) {} }
      let stored = memory.bytes
      try file.read(stored, sample: sample, at: offset)
      let theirs = UnsafeRawBufferPointer(stored)
      guard let a = band.baseAddress, let b = theirs.baseAddress, memcmp(a, b, band.count) != 0 else { return }
      let found = Self.differences(band, theirs, recipe.dtype)
      differences.withLock { all in
        all = (false, max(all.maximum, found.maximum), max(all.beyondSpacing, found.beyondSpacing))
      }
    }
    let all = differences.withLock { $0 }
    let standardDeviation = recipe.standardDeviation(ofClass: recipe.classIndex(ofSample: sample))
    maximumDifference = all.maximum
    maximumRelativeDifference = all.maximum / standardDeviation
    verdict =
      all.isSame ? .identical : all.beyondSpacing <= Self.maximumRounding * standardDeviation ? .rounding : .other
  }

  private static func differences(
    _ made: UnsafeRawBufferPointer, _ stored: UnsafeRawBufferPointer, _ dtype: Recipe.DType
  ) -> (maximum: Double, beyondSpacing: Double) {
    var (maximum, beyond) = (0.0, 0.0)
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
        // A pixel near the midpoint of two halves may round to either.
        spacing = Double(half.ulp)
      }
      let difference = a == b ? 0 : abs(a - b)
      // NaN counts as a difference.
      guard difference.isFinite else { return (.infinity, .infinity) }
      maximum = max(maximum, difference)
      beyond = max(beyond, difference - spacing)
    }
    return (maximum, beyond)
  }
}
