/// What a texture is: all that decides its distribution, and nothing else.
///
/// A texture is transform(sum over scales of weight times a Gaussian field + white noise). The sampler takes nothing else,
/// and a value of this type can always be drawn: what no sampler draws is refused when the value is made.
public struct FieldModel: Equatable, Sendable {
  /// The extents of a texture.
  public let shape: FieldShape
  /// What happens at its edges.
  public let boundary: Boundary
  /// The scales, in the order of their choices.
  public let scales: [Scale]
  /// The standard deviation of the white noise in every pixel.
  public let noise: Double
  /// Whether each scale's field is brought to mean 0 and standard deviation 1 in every sample, before weighting, as the
  /// benchmark of Golkar and Cranmer does; this changes the ensemble's covariance.
  public let standardize: Bool
  /// What becomes of the sum, pixel by pixel.
  public let transform: PixelTransform
  /// How much of an open field's variance negative eigenvalues of its embedding may take: 0 for what rounding explains.
  public let allowedClamping: Double

  /// The sides that can be drawn, in pixels.
  public static let sides = 8...32768
  /// The maximum number of scales.
  public static let maximumScaleCount = 8

  /// - Parameters:
  ///   - shape: the extents, each in ``sides``.
  ///   - boundary: what happens at the edges.
  ///   - scales: 1 to 8, each of finite weight and with at least one candidate.
  ///   - noise: 0; white noise is not drawn.
  ///   - standardize: bring each scale's field to mean 0 and standard deviation 1 in every sample.
  ///   - transform: what becomes of the sum.
  ///   - allowedClamping: sum |negative eigenvalues| / sum of all that an open field's embedding may have beyond rounding.
  /// - Throws: ``FieldError``.
  public init(
    shape: FieldShape, boundary: Boundary = .periodic, scales: [Scale], noise: Double = 0, standardize: Bool = false,
    transform: PixelTransform = .identity, allowedClamping: Double = 0
  ) throws(FieldError) {
    for extent in shape.extents where !Self.sides.contains(extent) {
      throw FieldError(.unsupportedShape, "side \(extent): expected 8 to 32768 pixels")
    }
    guard (1...Self.maximumScaleCount).contains(scales.count), scales.allSatisfy({ !$0.candidates.isEmpty }) else {
      throw FieldError(.invalidScales, "\(scales.count) scales: expected 1 to 8, each with at least one candidate")
    }
    for (index, scale) in scales.enumerated() where !scale.weight.isFinite {
      throw FieldError(.invalidScales, "weight \(scale.weight) of scale \(index + 1): expected a finite number")
    }
    let limit = Self.maximumLengthScale(shape: shape, standardize: standardize)
    for case let lengthScale? in scales.flatMap(\.candidates).map({ $0.parameters[CovarianceFamily.lengthScaleName] })
    where lengthScale.bounds.maximum > limit {
      throw FieldError(
        .excessiveLengthScale, "length scale \(lengthScale.bounds.maximum) px: expected at most \(limit) px")
    }
    guard noise >= 0, noise.isFinite else {
      throw FieldError(.unsupportedNoise, "noise of standard deviation \(noise): expected a finite number from 0 on")
    }
    self.shape = shape
    self.boundary = boundary
    self.scales = scales
    self.noise = noise
    self.standardize = standardize
    self.transform = transform
    self.allowedClamping = allowedClamping
  }

  /// The names of the families of its covariances, in the order of the table.
  public var familyNames: [String] {
    let names = Set(scales.flatMap { $0.candidates.map(\.name) })
    return CovarianceFamily.all.map(\.name).filter { names.contains($0) }
  }

  /// The maximum length scale on a shape, in pixels. Beyond it a texture is one colour but for what single precision
  /// cannot hold: 1024 times the side; twice the side where fields are standardized, which takes their mean away.
  public static func maximumLengthScale(shape: FieldShape, standardize: Bool) -> Double {
    Double((shape.extents.max() ?? 0) * (standardize ? 2 : 1024))
  }

  /// The ensemble's variance at every pixel for one choice per scale, weights included.
  ///
  /// - Parameter choices: for each scale, the index of its candidate.
  public func variance(choices: [Int]) -> Double {
    zip(scales, choices).reduce(0) { sum, pair in
      let (scale, choice) = pair
      let field = standardize ? 1 : scale.candidates[choice].variance(on: Grid(periodic: shape))
      return sum + scale.weight * scale.weight * field
    }
  }
}

/// What becomes of the sum of fields and noise, pixel by pixel.
public enum PixelTransform: Hashable, Sendable {
  /// Nothing: a texture is the sum.
  case identity
  /// T becomes exp(T).
  case lognormal
  /// T becomes 1 where it is above a level, else 0.
  case threshold(Double)
}
