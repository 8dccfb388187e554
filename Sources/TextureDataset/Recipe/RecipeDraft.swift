/// A recipe in the making: what has been decided so far, by a file, a preset or the command line.
///
/// Drafts are laid over one another, and the last one is made into a ``Recipe``, with defaults for what is left open.
public struct RecipeDraft: Equatable, Sendable {
  /// Side of the square textures, in pixels.
  public var side: Int?
  /// Candidate length scales in pixels, one list for each scale.
  public var lengthScales: [[Double]]?
  /// Weights of the scales.
  public var weights: [Double]?
  /// Covariance of every scale's field.
  public var covariance: Recipe.Covariance?
  /// What happens at the edges.
  public var boundary: Recipe.Boundary?
  /// Whether each scale's field gets mean 0 and standard deviation 1 in every texture.
  public var standardize: Bool?
  /// How a pixel is stored.
  public var dtype: Recipe.DType?
  /// Key of the random numbers.
  public var seed: UInt64?
  /// Number of textures.
  public var samples: Int?
  /// Number of scales, for the defaults of so many; only the command line gives it, a recipe has length scales.
  public var scales: Int?

  /// A draft of the values given.
  public init(
    side: Int? = nil,
    lengthScales: [[Double]]? = nil,
    weights: [Double]? = nil,
    covariance: Recipe.Covariance? = nil,
    boundary: Recipe.Boundary? = nil,
    standardize: Bool? = nil,
    dtype: Recipe.DType? = nil,
    seed: UInt64? = nil,
    samples: Int? = nil,
    scales: Int? = nil
  ) {
    self.side = side
    self.lengthScales = lengthScales
    self.weights = weights
    self.covariance = covariance
    self.boundary = boundary
    self.standardize = standardize
    self.dtype = dtype
    self.seed = seed
    self.samples = samples
    self.scales = scales
  }

  /// A draft with every value of a recipe.
  public init(_ recipe: Recipe) {
    self.init(
      side: recipe.side,
      lengthScales: recipe.lengthScales,
      weights: recipe.weights,
      covariance: recipe.covariance,
      boundary: recipe.boundary,
      standardize: recipe.standardize,
      dtype: recipe.dtype,
      seed: recipe.seed,
      samples: recipe.samples)
  }

  /// This draft with another's values laid over it.
  ///
  /// Length scales laid over a number of scales replace it: they bring their own.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` where the scales laid over are of another number than the
  ///   length scales or weights below them.
  public func merging(_ overrides: RecipeDraft) throws(DatasetError) -> RecipeDraft {
    if let scales = overrides.scales, overrides.lengthScales == nil, let lengthScales,
      lengthScales.count != scales
    {
      throw DatasetError(
        .invalidRecipe,
        "--scales \(scales) contradicts the recipe, whose `length_scales` has \(counted(lengthScales.count, "list")): "
          + "leave --scales out, or give --length-scales"
          + " once for each scale.")
    }
    if let count = overrides.lengthScales?.count ?? overrides.scales, overrides.weights == nil, let weights,
      weights.count != count
    {
      throw DatasetError(
        .invalidRecipe,
        "The recipe gives \(counted(weights.count, "weight")), but it is overridden with"
          + " \(counted(count, "scale")): give --weights too, one for each scale.")
    }
    return RecipeDraft(
      side: overrides.side ?? side,
      lengthScales: overrides.lengthScales ?? lengthScales,
      weights: overrides.weights ?? weights,
      covariance: overrides.covariance ?? covariance,
      boundary: overrides.boundary ?? boundary,
      standardize: overrides.standardize ?? standardize,
      dtype: overrides.dtype ?? dtype,
      seed: overrides.seed ?? seed,
      samples: overrides.samples ?? samples,
      scales: overrides.scales ?? (overrides.lengthScales == nil ? scales : nil))
  }

  /// The recipe, with defaults for what is left open.
  ///
  /// Without length scales, those of ``Recipe/defaultScales(count:side:)``, for two scales unless ``scales`` says
  /// otherwise, with their weights; with length scales and no weights, every weight is 1.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, saying which value is out of its range, or that
  ///   ``scales`` contradicts the length scales.
  public func recipe() throws(DatasetError) -> Recipe {
    let side = side ?? Recipe.defaultSide
    let defaults: (lengthScales: [[Double]], weights: [Double])
    if let lengthScales {
      if let scales, scales != lengthScales.count {
        throw DatasetError(
          .invalidRecipe,
          "--scales \(scales) contradicts --length-scales, given \(counted(lengthScales.count, "time")): "
            + "leave --scales out, or give --length-scales"
            + " once for each scale.")
      }
      defaults = (lengthScales, Array(repeating: 1, count: lengthScales.count))
    } else {
      defaults = try Recipe.defaultScales(count: scales ?? Recipe.defaultScaleCount, side: side)
    }
    return try Recipe(
      side: side,
      lengthScales: defaults.lengthScales,
      weights: weights ?? defaults.weights,
      covariance: covariance ?? .squaredExponential,
      boundary: boundary ?? .periodic,
      standardize: standardize ?? false,
      dtype: dtype ?? .float32,
      seed: seed ?? Recipe.defaultSeed,
      samples: samples ?? Recipe.defaultSamples)
  }
}
