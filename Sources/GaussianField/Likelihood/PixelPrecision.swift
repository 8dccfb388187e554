/// The precision of stored pixels, which determines the noise added by rounding.
public enum PixelPrecision: Sendable {
  /// IEEE 754 single precision.
  case single
  /// IEEE 754 half precision.
  case half

  /// The standard deviation of a texture's rounding errors, from storage and single-precision transforms, relative to
  /// that of the texture.
  ///
  /// For half precision it is the root mean square of a uniform error of half a unit in the last place, 2^-11 / sqrt(3)
  /// at a power of two. For single precision it was measured: see TextureLikelihoodTests.
  package var relativeRounding: Double {
    switch self {
    case .single: 3e-7
    case .half: 2.9e-4
    }
  }

  /// The variance of rounding in each pixel of a texture.
  ///
  /// - Parameters:
  ///   - variance: the texture's variance before its transform.
  ///   - transform: the texture's transform. The logarithm of a rounded lognormal pixel has the pixel's relative error.
  package func roundingVariance(ofVariance variance: Double, _ transform: PixelTransform) -> Double {
    let square = relativeRounding * relativeRounding
    return transform == .lognormal ? square * (1 + variance) : square * variance
  }
}
