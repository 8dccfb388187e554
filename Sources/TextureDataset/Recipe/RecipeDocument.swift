import Documents
import GaussianField

/// The values that a file, a preset or the command line sets; every key is optional.
///
/// Recipes are read, written, shown and compared as documents. Documents are merged, and the result is turned into a
/// ``Recipe`` with defaults for unset keys.
public struct RecipeDocument: Equatable, Sendable {
  /// The side of the square textures, in pixels.
  public var side: Int?
  /// The extents of the textures, instead of ``side``, if they are not square images.
  public var shape: FieldShape?
  /// Candidate length scales in pixels, one list for each scale; the candidates are of the family ``covariance``.
  public var lengthScales: [[Double]]?
  /// Candidates of any families, one list for each scale, instead of ``lengthScales`` and ``covariance``.
  public var candidates: [[CovarianceModel]]?
  /// The weights of the scales.
  public var weights: [Double]?
  /// The families of the candidates in ``lengthScales``: one for all scales, or one for each.
  public var covariance: [CovarianceTemplate]?
  /// The boundary of the textures: periodic or open.
  public var boundary: Boundary?
  /// The standard deviation of the white noise in every pixel.
  public var noise: Double?
  /// The transform of the sum of fields and noise, pixel by pixel.
  public var transform: PixelTransform?
  /// The maximum fraction of an open field's variance in negative eigenvalues of its embedding, which are set to zero.
  public var allowedClamping: Double?
  /// Whether to give each scale's field mean 0 and standard deviation 1 in every texture.
  public var standardize: Bool?
  /// The type of the stored pixels.
  public var dtype: Recipe.DType?
  /// The key of the random numbers.
  public var seed: UInt64?
  /// The number of textures.
  public var samples: Int?
  /// The number of scales, which selects their defaults. Only the command line sets it; a recipe lists candidates.
  public var scales: Int?

  /// Creates a document of the given values.
  public init(
    side: Int? = nil, shape: FieldShape? = nil, lengthScales: [[Double]]? = nil, candidates: [[CovarianceModel]]? = nil,
    weights: [Double]? = nil, covariance: [CovarianceTemplate]? = nil, boundary: Boundary? = nil, noise: Double? = nil,
    transform: PixelTransform? = nil, allowedClamping: Double? = nil, standardize: Bool? = nil,
    dtype: Recipe.DType? = nil,
    seed: UInt64? = nil, samples: Int? = nil, scales: Int? = nil
  ) {
    self.side = side
    self.shape = shape
    self.lengthScales = lengthScales
    self.candidates = candidates
    self.weights = weights
    self.covariance = covariance
    self.boundary = boundary
    self.noise = noise
    self.transform = transform
    self.allowedClamping = allowedClamping
    self.standardize = standardize
    self.dtype = dtype
    self.seed = seed
    self.samples = samples
    self.scales = scales
  }

  /// Creates a document with all values of a recipe.
  ///
  /// It uses ``lengthScales`` and ``covariance`` if all candidates belong to one family without other parameters, else
  /// ``candidates``.
  public init(_ recipe: Recipe) {
    let field = recipe.field
    let candidates = field.scales.map(\.candidates)
    let families = Set(candidates.joined().map(\.name))
    let isPlain =
      families.count == 1 && candidates.joined().allSatisfy { $0.parameters.count == 1 && $0.lengthScale != nil }
    self.init(
      side: field.shape.side, shape: field.shape.side == nil ? field.shape : nil,
      lengthScales: isPlain ? recipe.lengthScales : nil, candidates: isPlain ? nil : candidates,
      weights: recipe.weights,
      covariance: isPlain ? candidates.joined().first.map { [CovarianceTemplate($0.family)] } : nil,
      boundary: field.boundary,
      noise: field.noise == 0 ? nil : field.noise, transform: field.transform == .identity ? nil : field.transform,
      allowedClamping: field.allowedClamping == 0 ? nil : field.allowedClamping,
      standardize: recipe.standardize, dtype: recipe.dtype, seed: recipe.seed, samples: recipe.samples)
  }

  /// The number of scales, if known.
  private var scaleCount: Int? { candidates?.count ?? lengthScales?.count ?? scales }

  /// Returns this document with the values of another overriding its own.
  ///
  /// Candidates and length scales override a number of scales, and each other.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` if the number of overriding scales contradicts the length
  ///   scales or weights.
  public func merging(_ overrides: RecipeDocument) throws(DatasetError) -> RecipeDocument {
    let bringsScales = overrides.lengthScales != nil || overrides.candidates != nil
    if let scales = overrides.scales, !bringsScales, let count = candidates?.count ?? lengthScales?.count,
      count != scales
    {
      let key = candidates == nil ? RecipeKey.lengthScales : .candidates
      throw DatasetError(
        .invalidRecipe,
        "--scales \(scales) contradicts the recipe, whose `\(key.rawValue)` has \(counted(count, "list")): "
          + "omit --scales, or give --length-scales once for each scale.")
    }
    if let count = overrides.scaleCount, overrides.weights == nil, let weights, weights.count != count {
      throw DatasetError(
        .invalidRecipe,
        "The recipe gives \(counted(weights.count, "weight")), but it is overridden with"
          + " \(counted(count, "scale")): give --weights too, one for each scale.")
    }
    return RecipeDocument(
      side: overrides.shape == nil ? overrides.side ?? side : overrides.side,
      shape: overrides.side == nil ? overrides.shape ?? shape : overrides.shape,
      lengthScales: overrides.candidates == nil ? overrides.lengthScales ?? lengthScales : nil,
      candidates: overrides.lengthScales == nil ? overrides.candidates ?? candidates : nil,
      weights: overrides.weights ?? weights,
      covariance: overrides.candidates == nil ? overrides.covariance ?? covariance : overrides.covariance,
      boundary: overrides.boundary ?? boundary,
      noise: overrides.noise ?? noise,
      transform: overrides.transform ?? transform,
      allowedClamping: overrides.allowedClamping ?? allowedClamping,
      standardize: overrides.standardize ?? standardize,
      dtype: overrides.dtype ?? dtype,
      seed: overrides.seed ?? seed,
      samples: overrides.samples ?? samples,
      scales: overrides.scales ?? (bringsScales ? nil : scales))
  }

  /// The recipe, with defaults for unset keys.
  ///
  /// Without candidates and length scales, those of ``Recipe/defaultScales(count:side:)`` with their weights, for
  /// ``scales`` or else two scales; otherwise the default of every weight is 1.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, naming the value that is out of range, or if ``scales``
  ///   contradicts the length scales.
  public func recipe() throws(DatasetError) -> Recipe {
    let shape = try resolvedShape()
    let (candidates, defaultWeights) = try resolvedCandidates(side: Recipe.referenceSide(of: shape))
    let weights = weights ?? defaultWeights
    let standardize = standardize ?? false
    try Recipe.check(candidates: candidates)
    try Recipe.check(candidates: candidates, fit: shape, standardize: standardize)
    try Recipe.check(weights: weights)
    try Recipe.check(weights: weights, match: candidates.count)
    let field: FieldModel
    do {
      field = try FieldModel(
        shape: shape, boundary: boundary ?? .periodic,
        scales: zip(weights, candidates).map { Scale(weight: $0, candidates: $1) }, noise: noise ?? 0,
        standardize: standardize, transform: transform ?? .identity, allowedClamping: allowedClamping ?? 0)
    } catch {
      throw DatasetError(.invalidRecipe, error.message, cause: error)
    }
    return try Recipe(
      field: field, dtype: dtype ?? .float32, seed: seed ?? Recipe.defaultSeed,
      samples: samples ?? Recipe.defaultSamples)
  }

  /// The extents, from a side or a shape.
  private func resolvedShape() throws(DatasetError) -> FieldShape {
    guard let shape else {
      let side = side ?? Recipe.defaultSide
      try Recipe.check(side: side)
      return .square(side: side)
    }
    guard side == nil else {
      throw RecipeKey.shape.error(
        found: "`\(RecipeKey.side.rawValue)` as well",
        expected: "only one of the two, since both give the size of textures")
    }
    try Recipe.check(shape: shape)
    return shape
  }

  /// The candidates of each scale, and the default weights.
  private func resolvedCandidates(side: Int) throws(DatasetError) -> ([[CovarianceModel]], weights: [Double]) {
    if let scales, let count = candidates?.count ?? lengthScales?.count, scales != count {
      throw DatasetError(
        .invalidRecipe,
        "--scales \(scales) contradicts --length-scales, given \(counted(count, "time")): "
          + "omit --scales, or give --length-scales once for each scale.")
    }
    if let candidates {
      guard lengthScales == nil, covariance == nil else {
        throw RecipeKey.candidates.error(
          found: "`\(lengthScales == nil ? RecipeKey.covariance.rawValue : RecipeKey.lengthScales.rawValue)` as well",
          expected: "only one of the two, since both give the candidates")
      }
      return (candidates, candidates.map { _ in 1 })
    }
    let templates = covariance ?? [CovarianceTemplate(SquaredExponential.family)]
    let (lists, weights) = try resolvedLengthScales(templates, side: side)
    var resolved: [[CovarianceModel]] = []
    for (template, lengthScales) in lists {
      var models: [CovarianceModel] = []
      for lengthScale in lengthScales { models.append(try template.model(lengthScale: lengthScale)) }
      if !template.family.hasLengthScale { models.append(try template.model(lengthScale: nil)) }
      resolved.append(models)
    }
    return (resolved, weights)
  }

  /// The family and the length scales of each scale, and the default weights. Lists of length scales belong, in order,
  /// to the scales whose family has a length scale; the others get an empty list.
  private func resolvedLengthScales(
    _ templates: [CovarianceTemplate], side: Int
  ) throws(DatasetError) -> ([(CovarianceTemplate, [Double])], weights: [Double]) {
    // Throws for this number, with the reason.
    if let scales, !Recipe.scaleRange.contains(scales) { _ = try Recipe.defaultScales(count: scales, side: side) }
    if let lengthScales { try Recipe.check(lengthScales: lengthScales) }
    let isShared = templates.count == 1
    let scaleCount =
      !isShared
      ? templates.count
      : templates[0].family.hasLengthScale ? lengthScales?.count ?? scales ?? Recipe.defaultScaleCount : scales ?? 1
    guard (scales ?? scaleCount) == scaleCount else {
      throw RecipeKey.covariance.error(
        found: counted(templates.count, "covariance"),
        expected: "one for all scales, or one for each of the \(scales ?? 0)")
    }
    let families = isShared ? [CovarianceTemplate](repeating: templates[0], count: scaleCount) : templates
    let needed = families.count { $0.family.hasLengthScale }
    let plain: (lengthScales: [[Double]], weights: [Double])
    if let lengthScales {
      plain = (lengthScales, families.map { _ in 1 })
    } else if needed == 0 {
      plain = ([], families.map { _ in 1 })
    } else {
      plain = try Recipe.defaultScales(count: needed, side: side)
    }
    guard plain.lengthScales.count == needed else {
      throw RecipeKey.lengthScales.error(
        found: counted(plain.lengthScales.count, "list"),
        expected: "\(needed), one for each scale whose covariance has a length scale; remove or add lists")
    }
    var rest = plain.lengthScales[...]
    let lists = families.map { ($0, $0.family.hasLengthScale ? rest.removeFirst() : []) }
    return (lists, needed == families.count ? plain.weights : families.map { _ in 1 })
  }
}
