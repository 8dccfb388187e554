import GaussianField

/// Everything that determines the pixels and labels of a dataset, and nothing else: what a texture is, how many there
/// are, and how they are stored.
///
/// Equal recipes give the same dataset for any number of shards and threads, any path and any version of the program. A
/// value of this type is always valid; ``RecipeDocument`` represents incomplete recipes.
public struct Recipe: Equatable, Sendable {
  /// The model of a texture.
  public let field: FieldModel
  /// The assignment of samples to classes and candidates.
  public let labelling: Labelling
  /// The type of the stored pixels.
  public let dtype: DType
  /// The key of the random numbers.
  public let seed: UInt64
  /// The number of textures.
  public let samples: Int
  /// The recipe as canonical JSON (RFC 8785), sorted and without white space, as files store it.
  public private(set) var canonicalJSON = ""

  /// A recipe of any field.
  ///
  /// - Parameters:
  ///   - field: the model of a texture, with covariances of `CovarianceFamily.all` and weights from 1e-6 to 1e6. The
  ///     number of classes, which is the product of the numbers of candidates, is at most 1,024; all candidates of a
  ///     scale differ as float32, which files store.
  ///   - dtype: the type of the stored pixels.
  ///   - seed: the key of the random numbers, at most 2^53 - 1.
  ///   - samples: the number of textures, 1 to 2^32 - 1.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, naming the value that is out of range.
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
        "The recipe has \(canonicalJSON.utf8.count) bytes as JSON, expected at most \(Self.maximumBytes), the limit"
          + " of the file format; use shorter tables or fewer candidates.")
    }
  }

  /// A recipe of squared-exponential fields.
  ///
  /// - Parameters:
  ///   - side: the side of the textures in pixels, 8 to 32768.
  ///   - lengthScales: 1 to 8 lists of candidates in pixels, each from 0.5 to 1,000,000, without duplicates in a list.
  ///   - weights: one for each scale, from 1e-6 to 1e6.
  ///   - standardize: whether to give each scale's field mean 0 and standard deviation 1 in every texture.
  ///   - dtype: the type of the stored pixels.
  ///   - seed: the key of the random numbers, at most 2^53 - 1.
  ///   - samples: the number of textures, 1 to 2^32 - 1.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, naming the value that is out of range.
  public init(
    side: Int = defaultSide, lengthScales: [[Double]], weights: [Double], standardize: Bool = false,
    dtype: DType = .float32, seed: UInt64 = defaultSeed, samples: Int = defaultSamples
  ) throws(DatasetError) {
    self = try RecipeDocument(
      side: side, lengthScales: lengthScales, weights: weights, standardize: standardize, dtype: dtype, seed: seed,
      samples: samples
    ).recipe()
  }

  /// The side of the square textures, in pixels.
  public var side: Int {
    field.shape.rowLength
  }
  /// The number of scales.
  public var scaleCount: Int { field.scales.count }
  /// The weights of the scales in the sum that makes a texture.
  public var weights: [Double] { field.scales.map(\.weight) }
  /// The length scales of the candidates in pixels, shape (scale, candidate); NaN for families without one.
  public var lengthScales: [[Double]] { field.scales.map { $0.candidates.map { $0.lengthScale ?? .nan } } }
  /// Whether each scale's field is given mean 0 and standard deviation 1 in every texture, before weighting.
  public var standardize: Bool { field.standardize }

  /// The standard deviation of the pixels of a class, over the ensemble.
  public func standardDeviation(ofClass index: Int) -> Double {
    field.variance(choices: choices(ofClass: index)).squareRoot()
  }
}

extension Recipe {
  /// The type of a stored pixel, little-endian.
  public enum DType: String, CaseIterable, Sendable {
    /// IEEE 754 single precision, 4 bytes.
    case float32
    /// IEEE 754 half precision, 2 bytes: 11 significant bits, up to 65504.
    case float16

    /// The precision of the stored pixels.
    package var precision: PixelPrecision { self == .float16 ? .half : .single }

    /// The size of a pixel, in bytes.
    public var size: Int {
      switch self {
      case .float32: 4
      case .float16: 2
      }
    }
  }
}
