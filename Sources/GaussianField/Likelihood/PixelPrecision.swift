/// How exactly pixels are stored, and with it how much noise rounding adds.
public enum PixelPrecision: Sendable {
  /// IEEE 754 single precision.
  case single
  /// IEEE 754 half precision.
  case half

  /// The standard deviation of the rounding of a texture, over that of the texture: of storage, and of transforms in single
  /// precision.
  ///
  /// That of half precision is the root mean square of a uniform error of half a unit in the last place, 2^-11 / sqrt(3) at a
  /// power of two. That of single precision was measured: see LikelihoodTests.
  package var relativeRounding: Double {
    switch self {
    case .single: 3e-7
    case .half: 2.9e-4
    }
  }

  /// The variance of rounding in each pixel of a texture.
  ///
  /// - Parameters:
  ///   - variance: of the texture before its transform.
  ///   - transform: what becomes of the sum. The logarithm of a rounded log-normal pixel has the relative error of the pixel.
  package func roundingVariance(ofVariance variance: Double, _ transform: PixelTransform) -> Double {
    let square = relativeRounding * relativeRounding
    return transform == .lognormal ? square * (1 + variance) : square * variance
  }
}
