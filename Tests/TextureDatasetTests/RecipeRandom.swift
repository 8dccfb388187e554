import GaussianField

@testable import TextureDataset

/// Steele, Lea and Flood's SplitMix64, for reproducible random recipes.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension Recipe {
  /// A valid recipe of 1 to 8 scales, whose numbers have all digits or few.
  static func random(seed: UInt64) throws -> Recipe {
    var random = SplitMix64(state: seed)
    let scales = Int.random(in: 1...8, using: &random)
    let lengthScales = (0..<scales).map { _ in
      (0..<Int.random(in: 1...2, using: &random)).map { choice in
        let value = Double.random(in: 0.5...300, using: &random) + Double(1000 * choice)
        return Bool.random(using: &random) ? value : (value + 1).rounded(.down)
      }
    }
    let dtype = DType.allCases[Int.random(in: 0...1, using: &random)]
    // Within the range of float16.
    let weightRange = dtype == .float16 ? Self.weightRange.lowerBound...2000 : Self.weightRange
    return try Recipe(
      side: Int.random(in: 700...FieldModel.sides.upperBound, using: &random),
      lengthScales: lengthScales,
      weights: (0..<scales).map { _ in Double.random(in: weightRange, using: &random) },
      standardize: true,
      dtype: dtype,
      seed: UInt64.random(in: 0...maximumSeed, using: &random),
      samples: Int.random(in: sampleRange, using: &random))
  }

  /// A recipe with the maximum number of candidates and digits.
  static func maximum() throws -> Recipe {
    var random = SplitMix64(state: 2)
    let many = (0..<maximumClassCount).map { _ in Double.random(in: 1...1000, using: &random) }
    let single = (0..<7).map { _ in [Double.random(in: 1...1000, using: &random)] }
    return try Recipe(lengthScales: [many] + single, weights: Array(repeating: 1 / 3, count: 8))
  }
}
