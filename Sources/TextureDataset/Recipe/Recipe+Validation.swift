import GaussianField

extension Recipe {
  /// Sides that can be made, in pixels.
  package static let sideRange = 8...32768
  /// Numbers of samples: the sample's index is one 32-bit word of the noise's counter.
  package static let sampleRange = 1...4_294_967_295
  /// The largest seed, 2^53 - 1: numbers of canonical JSON are doubles, which hold larger ones only in part.
  package static let maximumSeed: UInt64 = 9_007_199_254_740_991
  /// Numbers of scales.
  static let scaleRange = 1...8
  /// Length scales, in pixels. Below half a pixel the grid cannot resolve the field; the upper end is far beyond
  /// any use, and keeps every number of a recipe short of an exponent and every pixel finite in float32.
  static let lengthScaleRange = 0.5...1e6
  /// Weights; the ends, far beyond any use, do the same.
  static let weightRange = 1e-6...1e6
  /// The most classes a dataset can have.
  static let maximumClassCount = 1024

  static func check(side: Int) throws(DatasetError) {
    guard sideRange.contains(side) else {
      throw RecipeKey.side.error(found: "\(side)")
    }
  }

  static func check(samples: Int) throws(DatasetError) {
    guard sampleRange.contains(samples) else {
      throw RecipeKey.samples.error(found: "\(samples)")
    }
  }

  static func check(seed: UInt64) throws(DatasetError) {
    guard seed <= maximumSeed else {
      throw RecipeKey.seed.error(found: "\(seed)")
    }
  }

  static func check(lengthScales: [[Double]]) throws(DatasetError) {
    guard scaleRange.contains(lengthScales.count) else {
      throw RecipeKey.lengthScales.error(
        found: lengthScales.isEmpty ? "no scale" : "\(lengthScales.count) scales",
        expected: "\(scaleRange.lowerBound) to \(scaleRange.upperBound) lists of candidates, one for each scale")
    }
    for (scale, candidates) in lengthScales.enumerated() {
      try check(candidates: candidates, scale: scale)
    }
    var classCount = 1
    for candidates in lengthScales {
      let (product, overflow) = classCount.multipliedReportingOverflow(by: candidates.count)
      guard !overflow, product <= maximumClassCount else {
        let counts = lengthScales.map { "\($0.count)" }.joined(separator: " x ")
        throw RecipeKey.lengthScales.error(
          found: "\(counts) candidates",
          expected: "a product of at most \(maximumClassCount), since each combination is a class;"
            + " leave some candidates out")
      }
      classCount = product
    }
  }

  private static func check(candidates: [Double], scale: Int) throws(DatasetError) {
    guard !candidates.isEmpty else {
      throw RecipeKey.lengthScales.error(
        found: "no candidate for scale \(scale)",
        expected: "at least one length scale (pixels); add one, or leave the scale out")
    }
    for candidate in candidates where !lengthScaleRange.contains(candidate) {
      throw RecipeKey.lengthScales.error(
        found: "\(candidate.shortest) in scale \(scale)",
        expected: candidate < lengthScaleRange.lowerBound
          ? "0.5 pixels or more, since the grid cannot resolve less; enlarge the length scale"
          : "a number from 0.5 to 1000000 (pixels)")
    }
    // Files store float32: two candidates that are equal there would be two classes that nobody can tell apart.
    var seen: [Float: Double] = [:]
    for candidate in candidates {
      guard let earlier = seen.updateValue(candidate, forKey: Float(candidate)) else { continue }
      let found =
        earlier == candidate
        ? "\(candidate.shortest) twice"
        : "\(earlier.shortest) and \(candidate.shortest), which are equal as float32,"
      throw RecipeKey.lengthScales.error(
        found: "\(found) in scale \(scale)",
        expected: "different candidates, since each is a class of its own; leave one out")
    }
  }

  /// Refuses fields that are one colour, as the sampler would.
  static func check(lengthScales: [[Double]], fit side: Int, standardize: Bool) throws(DatasetError) {
    let limit = TextureSampler.maximumLengthScale(side: side, standardize: standardize)
    for lengthScale in lengthScales.joined() where lengthScale > limit {
      throw RecipeKey.lengthScales.error(
        found: lengthScale.shortest,
        expected: "at most \(limit.shortest) pixels at a side of \(side)\(standardize ? ", standardized" : "");"
          + " beyond it a texture is one colour")
    }
  }

  static func check(weights: [Double]) throws(DatasetError) {
    for weight in weights where !weightRange.contains(weight) {
      throw RecipeKey.weights.error(
        found: weight.shortest,
        expected: "numbers from 0.000001 to 1000000; leave the length scales of an unwanted scale out instead")
    }
  }

  static func check(weights: [Double], match scaleCount: Int) throws(DatasetError) {
    guard weights.count == scaleCount else {
      throw RecipeKey.weights.error(
        found: "\(weights.count) for \(counted(scaleCount, "scale"))",
        expected: "one for each scale; give \(scaleCount), or change the scales")
    }
  }

  /// Refuses pixels that float16 would turn into infinities: eight standard deviations have to fit.
  static func checkFloat16Holds(
    lengthScales: [[Double]], weights: [Double], side: Int, standardize: Bool
  ) throws(DatasetError) {
    var variance = 0.0
    for (candidates, weight) in zip(lengthScales, weights) {
      guard let maximum = candidates.max(), let covariance = try? SquaredExponential(lengthScale: maximum) else {
        continue
      }
      variance += weight * weight * (standardize ? 1 : covariance.torusVariance(side: side))
    }
    let deviation = variance.squareRoot()
    guard 8 * deviation <= 65504 else {
      throw RecipeKey.dtype.error(
        found: "float16 for textures with a standard deviation of \(deviation.rounded().shortest)",
        expected: "8188 at most, since float16 ends at 65504; use float32 or smaller weights")
    }
  }
}
