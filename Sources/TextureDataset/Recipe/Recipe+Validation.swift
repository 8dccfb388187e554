import Documents
import GaussianField

extension Recipe {
  /// Valid numbers of samples: the sample's index is a 32-bit word of the noise's counter.
  package static let sampleRange = 1...4_294_967_295
  /// The maximum seed, 2^53 - 1: numbers of canonical JSON are doubles, which cannot represent all larger integers.
  package static let maximumSeed: UInt64 = 9_007_199_254_740_991
  /// Valid numbers of scales.
  static let scaleRange = 1...FieldModel.maximumScaleCount
  /// Valid weights. The limits, far beyond any use, avoid exponents in the recipe's numbers and keep pixels finite in
  /// float32.
  static let weightRange = 1e-6...1e6
  /// Valid standard deviations of white noise.
  static let noiseRange = 0...1e6
  /// The maximum number of classes.
  static let maximumClassCount = 1024

  static func check(side: Int) throws(DatasetError) {
    guard FieldModel.sides.contains(side) else {
      throw RecipeKey.side.error(found: "\(side)")
    }
  }

  static func shape(extents: [Int]) throws(DatasetError) -> FieldShape {
    guard let shape = FieldShape(extents: extents) else {
      throw RecipeKey.shape.error(found: extents.isEmpty ? "no extent" : "\(extents.count) extents")
    }
    return shape
  }

  static func check(shape: FieldShape) throws(DatasetError) {
    let range = FieldModel.extents(of: shape)
    let axes = shape.extents.count == 1 ? "1 axis" : "\(shape.extents.count) axes"
    for extent in shape.extents where !range.contains(extent) {
      throw RecipeKey.shape.error(
        found: "\(extent) among \(shape)",
        expected: "extents from \(range.lowerBound) to \(range.upperBound) pixels for textures with \(axes)")
    }
  }

  static func check(noise: Double) throws(DatasetError) {
    guard noiseRange.contains(noise) else { throw RecipeKey.noise.error(found: noise.shortest) }
  }

  static func check(allowedClamping: Double) throws(DatasetError) {
    guard (0...1).contains(allowedClamping) else {
      throw RecipeKey.allowClamping.error(found: allowedClamping.shortest)
    }
  }

  static func check(transform: PixelTransform) throws(DatasetError) {
    switch transform {
    case .identity, .lognormal: break
    case .threshold(let level):
      guard level.magnitude <= noiseRange.upperBound else {
        throw RecipeKey.transform.error(
          found: "a threshold of \(level.shortest)", expected: "a level from -1000000 to 1000000")
      }
    }
  }

  /// Checks a field except for its candidates and weights.
  static func check(_ field: FieldModel) throws(DatasetError) {
    try check(shape: field.shape)
    try check(noise: field.noise)
    try check(transform: field.transform)
    try check(allowedClamping: field.allowedClamping)
    switch field.boundary {
    case .periodic:
      guard field.allowedClamping == 0 else {
        throw RecipeKey.allowClamping.error(
          found: "\(field.allowedClamping.shortest) for periodic textures",
          expected: "`boundary: open`, since periodic textures have no embedding; remove it, or change the boundary")
      }
    case .open: break
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
    try check(counts: lengthScales.map(\.count), .lengthScales)
    let range = CovarianceFamily.lengthScales
    for (scale, candidates) in lengthScales.enumerated() {
      for candidate in candidates where !range.contains(candidate) {
        throw RecipeKey.lengthScales.error(
          found: "\(candidate.shortest) in scale \(scale)",
          expected: candidate < range.lowerBound
            ? "at least 0.5 pixels, since the grid cannot resolve less; increase the length scale"
            : "a number from 0.5 to 1000000 (pixels)")
      }
      try checkDiffer(candidates, scale, .lengthScales, stored: { Float($0) }, text: \.shortest)
    }
  }

  static func check(candidates: [[CovarianceModel]]) throws(DatasetError) {
    try check(counts: candidates.map(\.count), .candidates)
    for (scale, candidates) in candidates.enumerated() {
      for candidate in candidates where CovarianceFamily.named(candidate.name) == nil {
        throw RecipeKey.covariance.error(found: candidate.name.quoted)
      }
      try checkDiffer(
        candidates, scale, .candidates,
        stored: { [$0.name: $0.parameters.mapValues(\.asFloat32)] }, text: \.description)
    }
  }

  private static func check(counts: [Int], _ key: RecipeKey) throws(DatasetError) {
    guard scaleRange.contains(counts.count) else {
      throw key.error(
        found: counts.isEmpty ? "no scale" : "\(counts.count) scales",
        expected: "\(scaleRange.lowerBound) to \(scaleRange.upperBound) lists of candidates, one for each scale")
    }
    if let scale = counts.firstIndex(of: 0) {
      throw key.error(
        found: "no candidate for scale \(scale)",
        expected:
          "at least one \(key == .lengthScales ? "length scale (pixels)" : "covariance"); add one, or remove the scale"
      )
    }
    var classCount = 1
    for count in counts {
      let (product, overflow) = classCount.multipliedReportingOverflow(by: count)
      guard !overflow, product <= maximumClassCount else {
        throw key.error(
          found: "\(counts.map { "\($0)" }.joined(separator: " x ")) candidates",
          expected: "a product of at most \(maximumClassCount), since each combination is a class;"
            + " remove some candidates")
      }
      classCount = product
    }
  }

  /// Files store float32, in which two equal candidates would be two indistinguishable classes.
  private static func checkDiffer<Candidate: Equatable, Stored: Hashable>(
    _ candidates: [Candidate], _ scale: Int, _ key: RecipeKey, stored: (Candidate) -> Stored,
    text: (Candidate) -> String
  ) throws(DatasetError) {
    var seen: [Stored: Candidate] = [:]
    for candidate in candidates {
      guard let earlier = seen.updateValue(candidate, forKey: stored(candidate)) else { continue }
      let found =
        earlier == candidate
        ? "\(text(candidate)) twice" : "\(text(earlier)) and \(text(candidate)), which are equal as float32,"
      throw key.error(
        found: "\(found) in scale \(scale)",
        expected: "different candidates, since each is its own class; remove one")
    }
  }

  /// Throws for fields that are practically constant, as ``FieldModel`` would.
  static func check(
    candidates: [[CovarianceModel]], fit shape: FieldShape, standardize: Bool
  ) throws(DatasetError) {
    let limit = FieldModel.maximumLengthScale(shape: shape, standardize: standardize)
    let values = candidates.joined().compactMap { $0.parameters[CovarianceFamily.lengthScaleName] }
    for lengthScale in values.map(\.bounds.maximum) where lengthScale > limit {
      throw RecipeKey.lengthScales.error(
        found: lengthScale.shortest,
        expected:
          "at most \(limit.shortest) pixels at \(shape.side.map { "a side of \($0)" } ?? "\(shape) pixels")\(standardize ? ", standardized" : "");"
          + " beyond it a texture is practically constant")
    }
  }

  static func check(weights: [Double]) throws(DatasetError) {
    for weight in weights where !weightRange.contains(weight) {
      throw RecipeKey.weights.error(
        found: weight.shortest,
        expected: "numbers from 0.000001 to 1000000; to omit a scale, remove its length scales")
    }
  }

  static func check(weights: [Double], match scaleCount: Int) throws(DatasetError) {
    guard weights.count == scaleCount else {
      throw RecipeKey.weights.error(
        found: "\(weights.count) for \(counted(scaleCount, "scale"))",
        expected: "one for each scale; give \(scaleCount), or change the scales")
    }
  }
}

extension ParameterValue {
  /// The value rounded to float32, as files store it.
  fileprivate var asFloat32: ParameterValue {
    func rounded(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
      Double(Float(range.lowerBound))...Double(Float(range.upperBound))
    }
    return switch self {
    case .fixed(let value): .fixed(Double(Float(value)))
    case .uniform(let range): .uniform(rounded(range))
    case .logUniform(let range): .logUniform(rounded(range))
    }
  }
}
