import GaussianField

/// All that decides the pixels and labels of a dataset, and nothing else: what a texture is, how many there are, and how
/// they are stored.
///
/// Two runs with equal recipes give the same dataset, whatever the shards, threads, paths and the version of the
/// program; so none of those is here. A value of this type is always valid: see ``RecipeDocument`` for one in the making.
public struct Recipe: Equatable, Sendable {
  /// What a texture is.
  public let field: FieldModel
  /// Which candidates a sample has, and its class.
  public let labelling: Labelling
  /// How a pixel is stored.
  public let dtype: DType
  /// Key of the random numbers.
  public let seed: UInt64
  /// Number of textures.
  public let samples: Int
  /// The recipe as canonical JSON (RFC 8785): sorted, no white space; what a file stores.
  public private(set) var canonicalJSON = ""

  /// A recipe of any field.
  ///
  /// - Parameters:
  ///   - field: what a texture is: covariances of ``CovarianceFamily/all``, weights from 1e-6 to 1e6. The product of the
  ///     numbers of candidates, the number of classes, is at most 1,024; no two candidates of a scale are equal as float32,
  ///     which files store.
  ///   - dtype: how a pixel is stored.
  ///   - seed: key of the random numbers, at most 2^53 - 1.
  ///   - samples: number of textures, 1 to 2^32 - 1.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, saying which value is out of its range.
  public init(
    field: FieldModel, dtype: DType = .float32, seed: UInt64 = defaultSeed, samples: Int = defaultSamples
  ) throws(DatasetError) {
    try Self.check(field)
    try Self.check(candidates: field.scales.map(\.candidates))
    try Self.check(weights: field.scales.map(\.weight))
    try Self.check(seed: seed)
    try Self.check(samples: samples)
    try Self.check(field, fits: dtype)
    self.field = field
    labelling = Labelling(field.scales)
    self.dtype = dtype
    self.seed = seed
    self.samples = samples
    canonicalJSON = RecipeDocument(self).json.text
    guard canonicalJSON.utf8.count <= Self.maximumBytes else {
      throw DatasetError(
        .invalidRecipe,
        "The recipe has \(canonicalJSON.utf8.count) bytes as JSON, expected \(Self.maximumBytes) at most, which a file"
          + " stores; use shorter tables or fewer candidates.")
    }
  }

  /// A recipe of squared-exponential fields.
  ///
  /// - Parameters:
  ///   - side: side of the textures in pixels, 8 to 32768.
  ///   - lengthScales: 1 to 8 lists of candidates in pixels, each from 0.5 to 1,000,000, none twice in a list.
  ///   - weights: one for each scale, from 1e-6 to 1e6.
  ///   - standardize: whether each scale's field gets mean 0 and standard deviation 1 in every texture.
  ///   - dtype: how a pixel is stored.
  ///   - seed: key of the random numbers, at most 2^53 - 1.
  ///   - samples: number of textures, 1 to 2^32 - 1.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, saying which value is out of its range.
  public init(
    side: Int = defaultSide, lengthScales: [[Double]], weights: [Double], standardize: Bool = false,
    dtype: DType = .float32, seed: UInt64 = defaultSeed, samples: Int = defaultSamples
  ) throws(DatasetError) {
    self = try RecipeDocument(
      side: side, lengthScales: lengthScales, weights: weights, standardize: standardize, dtype: dtype, seed: seed,
      samples: samples
    ).recipe()
  }

  /// Side of the square textures, in pixels.
  public var side: Int {
    field.shape.rowLength
  }
  /// Number of scales.
  public var scaleCount: Int { field.scales.count }
  /// Weights of the scales in the sum that makes a texture.
  public var weights: [Double] { field.scales.map(\.weight) }
  /// Length scales of the candidates in pixels, shape (scale, candidate).
  public var lengthScales: [[Double]] { field.scales.map { $0.candidates.map { $0.lengthScale ?? .nan } } }
  /// Whether each scale's field is brought to mean 0 and standard deviation 1 in every texture, before weighting.
  public var standardize: Bool { field.standardize }

  /// The standard deviation of the pixels of a class, over the ensemble.
  public func standardDeviation(ofClass index: Int) -> Double {
    field.variance(choices: choices(ofClass: index)).squareRoot()
  }
}

extension Recipe {
  /// How a pixel is stored, little-endian.
  public enum DType: String, CaseIterable, Sendable {
    /// IEEE 754 single precision, 4 bytes.
    case float32
    /// IEEE 754 half precision, 2 bytes: 11 significant bits, up to 65504.
    case float16

    /// How exactly pixels are stored.
    package var precision: PixelPrecision { self == .float16 ? .half : .single }

    /// Bytes of one pixel.
    public var size: Int {
      switch self {
      case .float32: 4
      case .float16: 2
      }
    }
  }
}
