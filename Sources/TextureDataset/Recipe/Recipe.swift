/// All that decides the pixels and labels of a dataset, and nothing else.
///
/// Two runs with equal recipes give the same dataset, whatever the shards, threads, paths and the version of the
/// program; so none of those is here. A value of this type is always valid: see ``RecipeDraft`` for one in the making.
public struct Recipe: Equatable, Sendable {
  /// Side of the square textures, in pixels.
  public let side: Int
  /// Candidate length scales in pixels, one list for each scale; a class is one choice from each list.
  public let lengthScales: [[Double]]
  /// Weights of the scales in the sum that makes a texture, one for each scale.
  public let weights: [Double]
  /// Covariance of every scale's field.
  public let covariance: Covariance
  /// What happens at the edges of a texture.
  public let boundary: Boundary
  /// Whether each scale's field is brought to mean 0 and standard deviation 1 in every texture, before weighting. This
  /// changes the ensemble's covariance.
  public let standardize: Bool
  /// How a pixel is stored.
  public let dtype: DType
  /// Key of the random numbers.
  public let seed: UInt64
  /// Number of textures.
  public let samples: Int

  /// Number of scales.
  public var scaleCount: Int { lengthScales.count }

  /// A recipe from its values.
  ///
  /// - Parameters:
  ///   - side: side of the textures in pixels, 8 to 32768.
  ///   - lengthScales: 1 to 8 lists of candidates in pixels, each from 0.5 to 1,000,000, none twice in a list (as
  ///     float32, which files store); the product of the lists' lengths, the number of classes, is at most 1,024.
  ///   - weights: one for each scale, from 1e-6 to 1e6.
  ///   - covariance: covariance of every scale's field.
  ///   - boundary: what happens at the edges.
  ///   - standardize: whether each scale's field gets mean 0 and standard deviation 1 in every texture.
  ///   - dtype: how a pixel is stored.
  ///   - seed: key of the random numbers, at most 2^53 - 1.
  ///   - samples: number of textures, 1 to 2^32 - 1.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, saying which value is out of its range.
  public init(
    side: Int = defaultSide,
    lengthScales: [[Double]],
    weights: [Double],
    covariance: Covariance = .squaredExponential,
    boundary: Boundary = .periodic,
    standardize: Bool = false,
    dtype: DType = .float32,
    seed: UInt64 = defaultSeed,
    samples: Int = defaultSamples
  ) throws(DatasetError) {
    try Self.check(side: side)
    try Self.check(lengthScales: lengthScales)
    try Self.check(lengthScales: lengthScales, fit: side, standardize: standardize)
    try Self.check(weights: weights)
    try Self.check(weights: weights, match: lengthScales.count)
    try Self.check(seed: seed)
    try Self.check(samples: samples)
    if dtype == .float16 {
      try Self.checkFloat16Holds(
        lengthScales: lengthScales, weights: weights, side: side, standardize: standardize)
    }
    self.side = side
    self.lengthScales = lengthScales
    self.weights = weights
    self.covariance = covariance
    self.boundary = boundary
    self.standardize = standardize
    self.dtype = dtype
    self.seed = seed
    self.samples = samples
  }
}

extension Recipe {
  /// Covariance of a field as a function of the distance r in pixels, of variance 1 at r = 0.
  public enum Covariance: String, CaseIterable, Sendable {
    /// C(r) = exp(-r² / (2 l²)), l the length scale.
    case squaredExponential = "squared_exponential"
  }

  /// What happens at the edges of a texture.
  public enum Boundary: String, CaseIterable, Sendable {
    /// The left edge continues the right one, the top the bottom: the field lives on a torus.
    case periodic
  }

  /// How a pixel is stored, little-endian.
  public enum DType: String, CaseIterable, Sendable {
    /// IEEE 754 single precision, 4 bytes.
    case float32
    /// IEEE 754 half precision, 2 bytes: 11 significant bits, up to 65504.
    case float16

    /// Bytes of one pixel.
    public var size: Int {
      switch self {
      case .float32: 4
      case .float16: 2
      }
    }
  }
}
