/// Everything that determines the distribution of a texture, and nothing else.
///
/// A texture is transform(sum over scales of weight times a Gaussian field + white noise). The sampler takes nothing
/// else. The initializer rejects whatever no sampler can draw.
public struct FieldModel: Equatable, Sendable {
  /// The extents of a texture.
  public let shape: FieldShape
  /// What happens at its edges.
  public let boundary: Boundary
  /// The scales, in the order used for choices.
  public let scales: [Scale]
  /// The standard deviation of the white noise in every pixel.
  public let noise: Double
  /// Whether each scale's field is standardized to mean 0 and standard deviation 1 in every sample, before weighting,
  /// as in the benchmark of Golkar and Cranmer. This changes the ensemble's covariance.
  public let standardize: Bool
  /// The transform applied to the sum, pixel by pixel.
  public let transform: PixelTransform
  /// The maximum sum |negative eigenvalues| / sum of all of an open field's embedding; 0 allows rounding only.
  public let allowedClamping: Double

  /// The allowed sides of square images, in pixels.
  public static let sides = 8...32768

  /// The allowed extents of a texture of this kind, in pixels.
  public static func extents(of shape: FieldShape) -> ClosedRange<Int> {
    switch shape {
    case .series: 8...1 << 24
    case .image: sides
    case .volume: 8...2048
    }
  }
  /// The maximum number of scales.
  public static let maximumScaleCount = 8

  /// - Parameters:
  ///   - shape: the extents, each in ``extents(of:)``.
  ///   - boundary: what happens at the edges.
  ///   - scales: 1 to 8, each of finite weight and with at least one candidate.
  ///   - noise: the standard deviation of white noise, finite and at least 0.
  ///   - standardize: standardize each scale's field to mean 0 and standard deviation 1 in every sample.
  ///   - transform: the transform applied to the sum.
  ///   - allowedClamping: the maximum sum |negative eigenvalues| / sum of all of an open field's embedding; 0 allows
  ///     rounding only.
  /// - Throws: ``FieldError``.
  public init(
    shape: FieldShape, boundary: Boundary = .periodic, scales: [Scale], noise: Double = 0, standardize: Bool = false,
    transform: PixelTransform = .identity, allowedClamping: Double = 0
  ) throws(FieldError) {
    let limits = Self.extents(of: shape)
    for extent in shape.extents where !limits.contains(extent) {
      throw FieldError(
        .unsupportedShape,
        "extent \(extent) of a \(shape.name): expected \(limits.lowerBound) to \(limits.upperBound) pixels")
    }
    if boundary == .open, standardize {
      throw FieldError(
        .unsupportedShape,
        "standardize with boundary open: an open texture has no modes to standardize; use a periodic boundary"
      )
    }
    let directions = CovarianceFamily.anisotropy(dimensions: shape.dimensions).map(\.name)
    for candidate in scales.flatMap(\.candidates) {
      let own = candidate.family.parameters.map(\.name)
      for name in candidate.parameters.keys.sorted() where !own.contains(name) && !directions.contains(name) {
        throw FieldError(
          .invalidCovariance,
          "\(name) of \(candidate.name): \(shape.dimensions == 2 ? "an" : "a") \(shape.name) has "
            + (directions.isEmpty ? "no directions" : directions.joined(separator: ", ")) + "; remove it")
      }
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
    for table in boundary == .periodic ? scales.flatMap({ $0.candidates.compactMap(\.table) }) : [] {
      let (lowest, highest) = (
        2 * Double.pi / Double(shape.extents.max() ?? 1), Double.pi * Double(shape.dimensions).squareRoot()
      )
      guard table.waveNumbers.lowerBound <= lowest * (1 + 1e-9), table.waveNumbers.upperBound >= highest * (1 - 1e-9)
      else {
        throw FieldError(
          .invalidCovariance,
          "table from k = \(table.waveNumbers.lowerBound.plain) to \(table.waveNumbers.upperBound.plain): expected it to cover"
            + " the modes of a \(shape) grid, from \(lowest) to \(highest) radians per pixel; extend the table")
      }
    }
    guard noise >= 0, noise.isFinite else {
      throw FieldError(
        .unsupportedNoise, "noise of standard deviation \(noise): expected a finite number of at least 0")
    }
    self.shape = shape
    self.boundary = boundary
    self.scales = scales
    self.noise = noise
    self.standardize = standardize
    self.transform = transform
    self.allowedClamping = allowedClamping
  }

  /// The model with different scales and noise.
  ///
  /// - Throws: ``FieldError``.
  package func with(scales: [Scale], noise: Double) throws(FieldError) -> FieldModel {
    try FieldModel(
      shape: shape, boundary: boundary, scales: scales, noise: noise, standardize: standardize, transform: transform,
      allowedClamping: allowedClamping)
  }

  /// The names of the covariance families that the model uses, in the order of ``CovarianceFamily/all``.
  public var familyNames: [String] {
    let names = Set(scales.flatMap { $0.candidates.map(\.name) })
    return CovarianceFamily.all.map(\.name).filter { names.contains($0) }
  }

  /// The maximum length scale on a shape, in pixels: 1024 times the side, or twice the side if fields are standardized,
  /// which removes their mean. Beyond it a texture has a single colour to within single precision.
  public static func maximumLengthScale(shape: FieldShape, standardize: Bool) -> Double {
    Double((shape.extents.max() ?? 0) * (standardize ? 2 : 1024))
  }

  /// The ensemble's variance at every pixel for one choice per scale, including weights and white noise, before the
  /// transform. Ranges are replaced by their middle.
  ///
  /// - Parameter choices: for each scale, the index of its candidate.
  public func variance(choices: [Int]) -> Double {
    zip(scales, choices).reduce(noise * noise) { sum, pair in
      let (scale, choice) = pair
      let field = standardize ? 1 : variance(of: scale.candidates[choice])
      return sum + scale.weight * scale.weight * field
    }
  }
}

extension FieldModel {
  /// The variance of a candidate's field, before weighting: C(0), or the periodised covariance at lag 0. Ranges are
  /// replaced by their middle.
  public func variance(of candidate: CovarianceModel) -> Double {
    switch boundary {
    case .periodic: candidate.middle.variance(on: Grid(periodic: shape))
    case .open: candidate.middle.value(atLag: shape.extents.map { _ in 0 })
    }
  }
}

/// The transform applied to the sum of fields and noise, pixel by pixel.
public enum PixelTransform: Hashable, Sendable {
  /// T is unchanged.
  case identity
  /// T becomes exp(T).
  case lognormal
  /// T becomes 1 above a level, 0 elsewhere.
  case threshold(Double)
}
